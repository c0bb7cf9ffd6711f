import { type Command, defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { usageError } from '../input-error.ts';

export const completionCommand: Command = defineCommand({
  name: 'completion',
  describe: 'Print a completion script for a shell',
  about: `Prints a completion script for bash, zsh, fish or powershell.

"kubectl sign-policy <TAB>" needs no script beyond kubectl's own: kubectl asks the executable
kubectl_complete-sign_policy, which has to be on the PATH. The script printed here completes the same
words after "kubectl-sign_policy", the executable itself.`,
  examples: [
    { comment: 'Bash, for this shell', command: 'source <(kubectl sign-policy completion bash)' },
    {
      comment: 'Fish, for every shell',
      command:
        'kubectl sign-policy completion fish > ~/.config/fish/completions/kubectl-sign_policy.fish',
    },
  ],
  flags: {},
  positionals: { usage: 'SHELL', min: 1, max: 1 },
  run: async (args, { streams }) => {
    const { completionScript, SHELLS } = await import('../completion/script.ts');
    const script = completionScript(args._[0] ?? '');
    if (script === undefined) {
      throw usageError(
        `unsupported shell "${args._[0] ?? ''}": must be one of ${SHELLS.join(', ')}`,
      );
    }
    streams.stdout.write(script);
    return EXIT.ok;
  },
});
