import { type Command, defineCommand } from '../command.ts';
import { usageError } from '../input-error.ts';

export const lintCommand: Command = defineCommand({
  name: 'lint',
  describe: 'Say of policy files what runs as it is, and what is wrong or dangerous',
  about: `Says of each policy whether it runs as it is, runs with a difference from Kyverno, is not about images
and left to others, or is refused; and every fault with its place, what is wrong with it and how to write it: fields
that nobody knows, what Kyverno itself refuses to create, what is dangerous, and what an update of Kyverno takes
away. Each finding has an identifier; docs/lint.md lists them. No cluster and no network is needed.

The exit code is 0 if nothing has to be repaired, 1 if there is an error or something that is not supported (with
--strict also a warning), 2 if the command line is wrong or a file cannot be read.`,
  examples: [
    {
      comment: 'Look at the policies of a folder',
      command: 'kubectl sign-policy lint policies/',
    },
    {
      comment: 'Look at what the cluster has',
      command: 'kubectl get clusterpolicies -o yaml | kubectl sign-policy lint -',
    },
    {
      comment: 'Show the findings in a pull request on GitHub, and stop at warnings',
      command: 'kubectl sign-policy lint policies/ -R --strict -o github',
    },
    {
      comment: 'A report for code scanning',
      command: 'kubectl sign-policy lint policies/ -R -o sarif > lint.sarif',
    },
  ],
  flags: {
    filename: {
      kind: 'list',
      short: 'f',
      value: 'FILE|DIR|-',
      describe: 'Policies to look at, as the arguments',
    },
    recursive: { kind: 'switch', short: 'R', describe: 'Read the folders inside folders too' },
    output: {
      kind: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: ['table', 'json', 'sarif', 'github'],
      default: 'table',
      describe: 'Output format',
    },
    strict: { kind: 'switch', describe: 'Fail for warnings too' },
    'no-notes': { kind: 'switch', describe: 'Leave out what is only worth knowing' },
  },
  positionals: { usage: '[FILE|DIR|-...]', min: 0, max: 1000 },
  validate: (args) => {
    const paths = [...args._, ...args.filename];
    if (paths.length === 0) throw usageError('must specify policies: FILE, DIR or "-"');
    if (paths.filter((path) => path === '-').length > 1)
      throw usageError('standard input ("-") can be read once only');
  },
  run: async (args, context) => {
    const { lint } = await import('../lint/lint.ts');
    return await lint(args, context);
  },
});
