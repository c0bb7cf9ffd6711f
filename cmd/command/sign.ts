import { type Command, defineCommand } from '../command.ts';
import { privateKeyFlag } from '../flag/private-key-flag.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { usageError } from '../input-error.ts';

export const signCommand: Command = defineCommand({
  name: 'sign',
  describe: 'Sign one image with a private key',
  about: `Signs one image with a private key, as "cosign sign --key" does, and stores the signature beside the image
as a Sigstore bundle. For tests, demos and small teams: nothing is written to a transparency log, and there is
no keyless signing. What is signed is the digest.`,
  examples: [
    {
      comment: 'Sign what was just pushed',
      command: 'kubectl sign-policy sign ghcr.io/acme/app@sha256:… --key cosign.key',
    },
    {
      comment: 'Let the signature say more',
      command: 'kubectl sign-policy sign ghcr.io/acme/app:1.4 --key cosign.key -a env=prod',
    },
  ],
  flags: {
    ...privateKeyFlag,
    annotations: {
      kind: 'list',
      short: 'a',
      value: 'KEY=VALUE',
      describe: 'What the signed payload says beside the digest',
    },
    ...registryFlags,
  },
  positionals: { usage: 'IMAGE', min: 1, max: 1 },
  validate: (args) => {
    if (args.key === undefined) throw usageError('must specify the private key: --key FILE');
    const bad = args.annotations.find((pair) => !/^[^=]+=/.test(pair));
    if (bad !== undefined)
      throw usageError(`invalid argument "${bad}" for "--annotations" flag: must be KEY=VALUE`);
  },
  run: async (args, context) => {
    const { sign } = await import('../sign/sign.ts');
    return await sign(args, context);
  },
});
