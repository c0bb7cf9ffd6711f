import { type Command, defineCommand } from '../command.ts';
import { clusterFlags, namespaceFlag } from '../flag/cluster-flags.ts';
import { logFlags } from '../flag/log-flags.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { trustFlags } from '../flag/trust-flags.ts';
import { usageError } from '../input-error.ts';
import { checkReplay } from '../recording/check-replay.ts';

export const dryRunCommand: Command = defineCommand({
  name: 'dry-run',
  describe: 'Show what the webhook would do with files or with a running cluster',
  about: `Shows, image by image, what the webhook would do: pin the tag to its verified digest, allow, or deny
and why. Nothing is changed anywhere.

Objects come from files (-f), or from the running cluster (KIND, -n, -A, -l). Without KIND these are the
workloads that no other object controls. Policies come from files (-p), or from the cluster.

Namespaces among the given files supply the labels that policies select by, else the cluster does where
one is used.

Decisions are "pin", "allow", "warn" (an audit policy would complain), "deny" and "unknown" (could not
find out). The exit code is 0 if all objects would be admitted, 1 if one would be denied, 2 if the command
line or a file is wrong, 3 if something could not be decided.`,
  examples: [
    {
      comment: 'Judge the manifests of a folder by the policies of another',
      command: 'kubectl sign-policy dry-run -f manifests/ -R -p policies/',
    },
    {
      comment: 'Judge what kustomize renders by the policies of the cluster',
      command: 'kubectl kustomize overlays/prod | kubectl sign-policy dry-run -f -',
    },
    {
      comment: 'What would happen to the workloads that run now, if this policy were installed?',
      command: 'kubectl sign-policy dry-run -A -p policy.yaml --refused-only',
    },
    {
      comment: 'The JSON patch of every object, one a line',
      command: 'kubectl sign-policy dry-run -f deployment.yaml -p policy.yaml -o patch',
    },
  ],
  flags: {
    filename: {
      kind: 'list',
      short: 'f',
      value: 'FILE|DIR|-',
      describe: 'Objects to judge',
    },
    recursive: { kind: 'switch', short: 'R', describe: 'Read the folders inside folders too' },
    policy: {
      kind: 'list',
      short: 'p',
      value: 'FILE|DIR|-',
      describe: 'Policies to judge by, instead of those of the cluster',
    },
    ...namespaceFlag,
    'all-namespaces': { kind: 'switch', short: 'A', describe: 'Objects of all namespaces' },
    selector: {
      kind: 'string',
      short: 'l',
      value: 'SELECTOR',
      describe: 'Label selector for objects of the cluster',
    },
    output: {
      kind: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: ['json', 'yaml', 'name', 'patch', 'wide'],
      describe: 'Output format',
    },
    'no-headers': { kind: 'switch', describe: 'Print the table without its headers' },
    'refused-only': {
      kind: 'switch',
      describe: 'Show only objects that would be denied or could not be decided',
    },
    pin: {
      kind: 'string',
      value: 'WHAT',
      choices: ['pods', 'workloads'],
      default: 'pods',
      describe: "Which objects get digests, as the webhook's flag of the same name",
    },
    userinfo: {
      kind: 'string',
      value: 'FILE',
      describe: "Who makes the requests: a UserInfo file, as for Kyverno's command line",
    },
    operation: {
      kind: 'string',
      value: 'WHAT',
      choices: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
      default: 'CREATE',
      describe: 'What is done to the objects; an update brings in all of their images',
    },
    replay: {
      kind: 'string',
      value: 'FILE',
      describe:
        'Answer from this recording (kubectl sign-policy test --record), at its time, instead of asking registries',
    },
    ...clusterFlags,
    ...registryFlags,
    ...trustFlags,
    ...logFlags,
  },
  positionals: { usage: '[KIND...]', min: 0, max: 20 },
  validate: (args) => {
    const fromCluster = args._.length > 0 || args['all-namespaces'] || args.selector !== undefined;
    if (args.filename.length > 0 && fromCluster) {
      throw usageError(
        'objects come either from files (-f) or from the cluster (KIND, -A, -l), not from both',
      );
    }
    if (args.filename.length === 0 && !fromCluster && args.namespace === undefined) {
      throw usageError(
        'must specify objects: -f FILE|DIR|-, or KIND, -n, -A or -l for those of the cluster',
      );
    }
    checkReplay(args);
    if ([...args.filename, ...args.policy].filter((path) => path === '-').length > 1) {
      throw usageError('standard input ("-") can be read once only');
    }
  },
  run: async (args, context) => {
    const { dryRun } = await import('../dry-run/dry-run.ts');
    return await dryRun(args, context);
  },
});
