import { type Command, NO_POSITIONALS, defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { VERSION } from '../version.ts';

export const versionCommand: Command = defineCommand({
  name: 'version',
  describe: 'Print the version of the plugin',
  about: 'Prints the version of the plugin and of the Node.js that runs it. No cluster is asked.',
  examples: [{ comment: 'Print the version', command: 'kubectl sign-policy version' }],
  flags: {
    output: {
      kind: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: ['json', 'yaml'],
      describe: 'Output format',
    },
  },
  positionals: NO_POSITIONALS,
  run: (args, { streams }) => {
    const { node } = process.versions;
    const text: Readonly<Record<'json' | 'yaml' | 'text', string>> = {
      json: `${JSON.stringify({ version: VERSION, node }, undefined, 2)}\n`,
      yaml: `version: ${VERSION}\nnode: ${node}\n`,
      text: `kubectl sign-policy ${VERSION} (Node.js ${node})\n`,
    };
    const format = args.output === 'json' || args.output === 'yaml' ? args.output : 'text';
    streams.stdout.write(text[format]);
    return Promise.resolve(EXIT.ok);
  },
});
