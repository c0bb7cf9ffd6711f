import { type Command, defineCommand } from '../command.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { usageError } from '../input-error.ts';

export const verifyCommand: Command = defineCommand({
  name: 'verify',
  describe: 'Verify the signatures of one image',
  about: `Verifies the signatures of one image with a public key, or by policies, and tells who signed it. No
cluster is asked.

The exit code is 0 if the image is verified, 1 if it is not, 2 if the command line or a file is wrong, 3 if it
could not be found out.`,
  examples: [
    {
      comment: 'Is this image signed with this key?',
      command: 'kubectl sign-policy verify ghcr.io/acme/app:1.4 --key cosign.pub',
    },
    {
      comment: 'The signature has to carry an annotation',
      command: 'kubectl sign-policy verify ghcr.io/acme/app:1.4 --key cosign.pub -a env=prod',
    },
    {
      comment: 'Would these policies let it in?',
      command: 'kubectl sign-policy verify ghcr.io/acme/app:1.4 --policy policies/',
    },
  ],
  flags: {
    key: { kind: 'string', value: 'FILE|-', describe: 'PEM file with the public key (or keys)' },
    annotations: {
      kind: 'list',
      short: 'a',
      value: 'KEY=VALUE',
      describe: 'What the signed payload has to say, with --key',
    },
    policy: {
      kind: 'list',
      short: 'p',
      value: 'FILE|DIR|-',
      describe: 'Policies to verify by, instead of a key',
    },
    namespace: {
      kind: 'string',
      short: 'n',
      value: 'NAME',
      default: 'default',
      describe: 'Namespace in which policies judge the image',
    },
    output: {
      kind: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: ['json', 'yaml'],
      describe: 'Output format',
    },
    ...registryFlags,
  },
  positionals: { usage: 'IMAGE', min: 1, max: 1 },
  validate: (args) => {
    if ((args.key === undefined) === (args.policy.length === 0)) {
      throw usageError('must specify either --key FILE or --policy FILE');
    }
    if (args.annotations.length > 0 && args.key === undefined) {
      throw usageError('--annotations is for --key; a policy names its own annotations');
    }
    const bad = args.annotations.find((pair) => !/^[^=]+=/.test(pair));
    if (bad !== undefined) {
      throw usageError(`invalid argument "${bad}" for "--annotations" flag: must be KEY=VALUE`);
    }
  },
  run: async (args, context) => {
    const { verify } = await import('../verify/verify.ts');
    return await verify(args, context);
  },
});
