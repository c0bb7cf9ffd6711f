import { type Command, defineCommand } from '../command.ts';
import { privateKeyFlag } from '../flag/private-key-flag.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { usageError } from '../input-error.ts';

export const attestCommand: Command = defineCommand({
  name: 'attest',
  describe: 'Attest something about one image with a private key',
  about: `Signs a statement about one image with a private key, as "cosign attest --key" does, and stores it beside the
image as a Sigstore bundle. The predicate is a JSON file, taken as it is.`,
  examples: [
    {
      comment: 'Say how it was built',
      command:
        'kubectl sign-policy attest ghcr.io/acme/app@sha256:… --key cosign.key --type slsaprovenance1 --predicate provenance.json',
    },
  ],
  flags: {
    ...privateKeyFlag,
    predicate: { kind: 'string', value: 'FILE|-', describe: 'JSON file with what is said' },
    type: {
      kind: 'string',
      value: 'TYPE',
      default: 'custom',
      describe: 'Predicate type: slsaprovenance1, spdxjson, cyclonedx, vuln, openvex, … or a URI',
    },
    ...registryFlags,
  },
  positionals: { usage: 'IMAGE', min: 1, max: 1 },
  validate: (args) => {
    if (args.key === undefined) throw usageError('must specify the private key: --key FILE');
    if (args.predicate === undefined)
      throw usageError('must specify what is said: --predicate FILE');
  },
  run: async (args, context) => {
    const { attest } = await import('../sign/attest.ts');
    return await attest(args, context);
  },
});
