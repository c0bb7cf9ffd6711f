import { type Command, defineCommand } from '../command.ts';
import { clusterFlags } from '../flag/cluster-flags.ts';
import { logFlags } from '../flag/log-flags.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { signerFlags } from '../flag/signer-flags.ts';
import { trustFlags } from '../flag/trust-flags.ts';
import { checkVerifyArguments } from '../verify/verify-arguments.ts';

export const verifyCommand: Command = defineCommand({
  name: 'verify',
  describe: 'Verify the signatures of one image, or show which there are',
  about: `Verifies the signatures or attestations of one image by a public key, by the identity in a certificate, or by
policies, and tells who signed it. Without any of these it shows every signature that the image carries, and
by whom. A cluster is asked only for a key in one of its Secrets, or a trust root in a ConfigMap (k8s://…).

The exit code is 0 if the image is verified, 1 if it is not, 2 if the command line or a file is wrong, 3 if it
could not be found out. Where nobody is named, nothing is verified: the exit code is then never 0.`,
  examples: [
    {
      comment: 'What signatures does this image carry, and by whom?',
      command: 'kubectl sign-policy verify ghcr.io/acme/app:1.4',
    },
    {
      comment: 'Is it signed with this key, whether logged or not?',
      command:
        'kubectl sign-policy verify ghcr.io/acme/app:1.4 --key cosign.pub --insecure-ignore-tlog',
    },
    {
      comment: 'Was it signed by this workflow?',
      command: `kubectl sign-policy verify ghcr.io/acme/app:1.4 \\
    --certificate-identity https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main \\
    --certificate-oidc-issuer https://token.actions.githubusercontent.com`,
    },
    {
      comment: 'Would these policies let it in?',
      command: 'kubectl sign-policy verify ghcr.io/acme/app:1.4 --policy policies/',
    },
  ],
  flags: {
    ...signerFlags,
    policy: {
      kind: 'list',
      short: 'p',
      value: 'FILE|DIR|-',
      describe: 'Policies to verify by',
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
    ...trustFlags,
    ...logFlags,
    ...clusterFlags,
    ...registryFlags,
  },
  positionals: { usage: 'IMAGE', min: 1, max: 1 },
  validate: checkVerifyArguments,
  run: async (args, context) => {
    const { verify } = await import('../verify/verify.ts');
    return await verify(args, context);
  },
});
