import { type Command, defineCommand } from '../command.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { signingFlags } from '../flag/signing-flags.ts';
import { usageError } from '../input-error.ts';
import { checkSigningArguments } from '../sign/signing-arguments.ts';

export const signCommand: Command = defineCommand({
  name: 'sign',
  describe: 'Sign one image, with a private key or keyless',
  about: `Signs one image as "cosign sign" does, and stores the signature beside the image as a Sigstore bundle. What is
signed is the digest.

With --key a private key signs, and nothing is written to a transparency log unless one is named. Without it
signing is keyless: Sigstore's authority certifies who signs by an identity token (of --identity-token,
SIGSTORE_ID_TOKEN, or the job of GitHub Actions or Buildkite this runs in), and the signature is written to its
public log, identity and all, for ever. No browser is opened.`,
  examples: [
    {
      comment: 'Sign what was just pushed',
      command: 'kubectl sign-policy sign ghcr.io/acme/app@sha256:… --key cosign.key',
    },
    {
      comment: 'Let the signature say more',
      command: 'kubectl sign-policy sign ghcr.io/acme/app:1.4 --key cosign.key -a env=prod',
    },
    {
      comment: 'Sign keyless in a job of GitHub Actions with "permissions: id-token: write"',
      command: 'kubectl sign-policy sign ghcr.io/acme/app@sha256:…',
    },
    {
      comment: 'Write to the public log what a key signed',
      command:
        'kubectl sign-policy sign ghcr.io/acme/app@sha256:… --key cosign.key --rekor-url https://rekor.sigstore.dev',
    },
  ],
  flags: {
    ...signingFlags,
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
    checkSigningArguments(args);
    const bad = args.annotations.find((pair) => !/^[^=]+=/.test(pair));
    if (bad !== undefined)
      throw usageError(`invalid argument "${bad}" for "--annotations" flag: must be KEY=VALUE`);
  },
  run: async (args, context) => {
    const { sign } = await import('../sign/sign.ts');
    return await sign(args, context);
  },
});
