import { type Command, NO_POSITIONALS, defineCommand } from '../command.ts';
import { clusterFlags } from '../flag/cluster-flags.ts';
import { parseDuration } from '../flag/duration.ts';
import { shippedPolicyFlags, validateShippedPolicyFlags } from '../flag/shipped-policy-flags.ts';
import { usageError } from '../input-error.ts';
import { VERSION } from '../version.ts';

export const installCommand: Command = defineCommand({
  name: 'install',
  describe: 'Put the webhook and policies into a cluster',
  about: `Puts the webhook into the namespace sign-policy-system and policies into the cluster, so that its API
server pins and refuses images.

Policies are those of -f, one made from --key and --images, and those that come along (--policy). All input is
read and checked, and the rights are tried with a server-side dry run, before anything is written. Applying is
server-side and idempotent; the webhook is registered only after its Pods are ready. "uninstall" removes all of
it again.

With --webhook-url nothing runs in the cluster: only policies and the registration of a webhook that runs
elsewhere are put in, for development and tests.`,
  examples: [
    {
      comment: 'Images of one registry must be signed with a key; say so, but let them in for now',
      command:
        'kubectl sign-policy install --image registry.example/sign-policy-webhook:0.1.0 \\\n' +
        '    --key cosign.pub --images "ghcr.io/acme/*" --mode audit',
    },
    {
      comment: "Policies that you have already, Kyverno's among them",
      command:
        'kubectl sign-policy install --image registry.example/sign-policy-webhook:0.1.0 -f policies/',
    },
    {
      comment: 'See everything that would be applied',
      command: 'kubectl sign-policy install -f policies/ -o yaml',
    },
    {
      comment: 'A webhook that runs on this machine',
      command:
        'kubectl sign-policy install -f policies/ --webhook-url https://192.0.2.10:9443 --ca-file ca.crt',
    },
    {
      comment: 'A policy that comes along: your images must be signed by your workflow',
      command:
        'kubectl sign-policy install --image registry.example/sign-policy-webhook:0.1.0 \\\n' +
        '    --policy verify-image-signatures --policy-registry ghcr.io/acme \\\n' +
        '    --policy-identity https://github.com/acme/shop/.github/workflows/build.yml@refs/heads/main',
    },
  ],
  flags: {
    filename: { kind: 'list', short: 'f', value: 'FILE|DIR|-', describe: 'Policies to install' },
    recursive: { kind: 'switch', short: 'R', describe: 'Read the folders inside folders too' },
    key: {
      kind: 'string',
      value: 'FILE|-',
      describe: 'Make a policy: PEM file with the public key (or keys) that sign',
    },
    images: {
      kind: 'list',
      value: 'PATTERN',
      describe: 'Make a policy: the images it is for, such as "ghcr.io/acme/*"',
    },
    mode: {
      kind: 'string',
      value: 'MODE',
      choices: ['audit', 'enforce'],
      describe:
        'Make a policy, or with --policy: only tell about unsigned images, or refuse them (default enforce; with --policy as it says itself)',
    },
    'policy-name': {
      kind: 'string',
      value: 'NAME',
      describe: 'Make a policy: its name (default signed-images)',
    },
    ...shippedPolicyFlags,
    image: {
      kind: 'string',
      value: 'IMAGE',
      describe: `The webhook's own image (default sign-policy-webhook:${VERSION}, as nodes have it that it was loaded into)`,
    },
    pin: {
      kind: 'string',
      value: 'WHAT',
      choices: ['pods', 'workloads'],
      default: 'pods',
      describe: 'Write digests into Pods only, or into the workloads that make them too',
    },
    'pull-secrets-of': {
      kind: 'list',
      value: 'NAMESPACE',
      describe: 'Let the webhook read the imagePullSecrets of this namespace; "*" for all',
    },
    'insecure-registry': {
      kind: 'list',
      value: 'HOST',
      describe: 'Let the webhook speak to this registry host over plain HTTP',
    },
    'exception-namespace': {
      kind: 'list',
      value: 'NAMESPACE',
      describe: 'Let the webhook honour PolicyExceptions of this namespace; "*" for all',
    },
    'policy-reports': {
      kind: 'switch',
      describe:
        'Bring the definitions of PolicyReports along, where the cluster has none; the webhook then writes reports',
    },
    'trusted-root': {
      kind: 'string',
      value: 'FILE',
      describe: 'Let the webhook believe this Sigstore trusted_root.json and ask no other',
    },
    'webhook-url': {
      kind: 'string',
      value: 'URL',
      describe: 'Register a webhook that runs outside of the cluster, https://HOST:PORT',
    },
    'ca-file': {
      kind: 'string',
      value: 'FILE',
      describe: 'With --webhook-url: PEM certificate authority of that webhook',
    },
    'dry-run': {
      kind: 'string',
      value: 'MODE',
      choices: ['none', 'client', 'server'],
      default: 'none',
      describe: 'Only show what would be done: without asking the cluster, or by asking it',
    },
    output: {
      kind: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: ['yaml', 'json'],
      describe: 'Print every object that would be applied, and change nothing',
    },
    'field-manager': {
      kind: 'string',
      value: 'NAME',
      default: 'sign-policy',
      describe: 'Name of the manager that owns the applied fields',
    },
    'force-conflicts': { kind: 'switch', describe: 'Take over fields that somebody else changed' },
    wait: {
      kind: 'switch',
      default: true,
      describe:
        'Wait until the webhook is ready; --wait=false registers it at once, and until it is ready Pods are refused',
    },
    timeout: {
      kind: 'string',
      value: 'DURATION',
      default: '3m',
      describe: 'How long to wait at most',
    },
    ...clusterFlags,
  },
  positionals: NO_POSITIONALS,
  validate: (args) => {
    validatePolicyFlags(args);
    validateShippedPolicyFlags(args);
    validateAddressFlags(args);
    if ([...args.filename, args.key].filter((path) => path === '-').length > 1) {
      throw usageError('standard input ("-") can be read once only');
    }
    parseDuration('timeout', args.timeout);
  },
  run: async (args, context) => {
    const { install } = await import('../install/install.ts');
    return await install(args, context);
  },
});

interface PolicyFlags {
  readonly policy: readonly string[];
  readonly key: string | undefined;
  readonly images: readonly string[];
  readonly mode: string | undefined;
  readonly 'policy-name': string | undefined;
}

/** The flags that make a policy belong together. */
function validatePolicyFlags(args: PolicyFlags): void {
  const hasImages = args.images.length > 0;
  if ((args.key !== undefined) !== hasImages) {
    throw usageError(
      '--key and --images are given together: the key that signs, and what it signs',
    );
  }
  const isMade = hasImages || args.policy.length > 0;
  if (!isMade && (args.mode !== undefined || args['policy-name'] !== undefined)) {
    throw usageError('--mode and --policy-name are for the policy made from --key and --images');
  }
  if (!hasImages && args['policy-name'] !== undefined) {
    throw usageError('--policy-name is for the policy made from --key and --images');
  }
}

interface AddressFlags {
  readonly 'webhook-url': string | undefined;
  readonly 'ca-file': string | undefined;
  readonly image: string | undefined;
  readonly 'pull-secrets-of': readonly string[];
  readonly 'insecure-registry': readonly string[];
  readonly 'exception-namespace': readonly string[];
  readonly 'trusted-root': string | undefined;
}

/** Flags for a webhook in the cluster and for one outside of it do not mix. */
function validateAddressFlags(args: AddressFlags): void {
  const isOutside = args['webhook-url'] !== undefined;
  if (!isOutside && args['ca-file'] !== undefined) {
    throw usageError('--ca-file is for --webhook-url only');
  }
  const isInside =
    args.image !== undefined ||
    args['trusted-root'] !== undefined ||
    args['pull-secrets-of'].length > 0 ||
    args['insecure-registry'].length > 0 ||
    args['exception-namespace'].length > 0;
  if (isOutside && isInside) {
    throw usageError(
      '--image, --pull-secrets-of, --insecure-registry and --trusted-root are for a webhook in the cluster, not for --webhook-url',
    );
  }
}
