import { type Command, NO_POSITIONALS, defineCommand } from '../command.ts';
import { clusterFlags } from '../flag/cluster-flags.ts';
import { parseDuration } from '../flag/duration.ts';

export const uninstallCommand: Command = defineCommand({
  name: 'uninstall',
  describe: 'Remove everything that install put into a cluster',
  about: `Removes everything that "install" put into the cluster, the registration of the webhook first, so that
nothing is refused on the way. Policies and definitions that came from elsewhere stay: a kind of policy is kept
as long as it holds policies that "install" did not make.`,
  examples: [
    { comment: 'Remove it', command: 'kubectl sign-policy uninstall' },
    {
      comment: 'See what would be removed',
      command: 'kubectl sign-policy uninstall --dry-run=client',
    },
  ],
  flags: {
    'all-policies': {
      kind: 'switch',
      describe: 'Remove the policies of our own kinds too that "install" did not make',
    },
    'dry-run': {
      kind: 'string',
      value: 'MODE',
      choices: ['none', 'client', 'server'],
      default: 'none',
      describe: 'Only show what would be removed, or let the server try it',
    },
    wait: { kind: 'switch', default: true, describe: 'Wait until the namespace is gone' },
    timeout: {
      kind: 'string',
      value: 'DURATION',
      default: '2m',
      describe: 'How long to wait at most',
    },
    ...clusterFlags,
  },
  positionals: NO_POSITIONALS,
  validate: (args) => void parseDuration('timeout', args.timeout),
  run: async (args, context) => {
    const { uninstall } = await import('../install/uninstall.ts');
    return await uninstall(args, context);
  },
});
