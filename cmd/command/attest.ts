import { type Command, defineCommand } from '../command.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { signingFlags } from '../flag/signing-flags.ts';
import { usageError } from '../input-error.ts';
import { checkSigningArguments } from '../sign/signing-arguments.ts';

export const attestCommand: Command = defineCommand({
  name: 'attest',
  describe: 'Attest something about one image, with a private key or keyless',
  about: `Signs a statement about one image, as "cosign attest" does, and stores it beside the image as a Sigstore
bundle. The predicate is a JSON file, taken as it is. Who signs, and what is written to a transparency log, is
as with "sign".`,
  examples: [
    {
      comment: 'Say how it was built',
      command:
        'kubectl sign-policy attest ghcr.io/acme/app@sha256:… --key cosign.key --type slsaprovenance1 --predicate provenance.json',
    },
  ],
  flags: {
    ...signingFlags,
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
    checkSigningArguments(args);
    if (args.predicate === undefined)
      throw usageError('must specify what is said: --predicate FILE');
    if (args.predicate === '-' && args['identity-token'] === '-')
      throw usageError('--predicate and --identity-token cannot both be standard input');
  },
  run: async (args, context) => {
    const { attest } = await import('../sign/attest.ts');
    return await attest(args, context);
  },
});
