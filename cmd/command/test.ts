import { type Command, defineCommand } from '../command.ts';
import { clusterFlags } from '../flag/cluster-flags.ts';
import { logFlags } from '../flag/log-flags.ts';
import { registryFlags } from '../flag/registry-flags.ts';
import { trustFlags } from '../flag/trust-flags.ts';
import { usageError } from '../input-error.ts';
import { checkReplay } from '../recording/check-replay.ts';

export const testCommand: Command = defineCommand({
  name: 'test',
  describe: 'Run the test suites of policies, with the network or from a recording',
  about: `Runs test suites for policies about images, in the format of Kyverno's command line ("kyverno-test.yaml"):
objects, policies, and what each rule should make of each object. Folders are searched with all the folders
inside. The engine is the webhook's own. Tests of rules that are not about images are shown as not handled.

With --record, everything that registries, key services and revocation services answer is kept in one file,
and the time. A file "kyverno-test.recording.gz" beside a suite (or the one given with --replay) answers
instead of them later: without a network, at the recorded time, with the recorded trust root. It holds no
credentials, and is refused where a digest in it does not fit.

The exit code is 0 if everything is as expected, 1 if something is not, 2 if the command line, a suite or a
recording is wrong, 3 if something could not be found out.`,
  examples: [
    {
      comment: 'Run every suite below a folder',
      command: 'kubectl sign-policy test policies/',
    },
    {
      comment: 'Record what registries answer; from now on the suite needs no network',
      command:
        'kubectl sign-policy test policies/signed --record policies/signed/kyverno-test.recording.gz',
    },
    {
      comment: 'Ask the registries again, and show only what changed',
      command: 'kubectl sign-policy test policies/ --live --fail-only',
    },
    {
      comment: 'One policy only, for the test report of a pipeline',
      command:
        'kubectl sign-policy test policies/ -t policy=signed-images --require-tests -o junit > report.xml',
    },
  ],
  flags: {
    'file-name': {
      kind: 'string',
      short: 'f',
      value: 'NAME',
      default: 'kyverno-test.yaml',
      describe: 'Name of the suite files in folders',
    },
    'test-case-selector': {
      kind: 'string',
      short: 't',
      value: 'SELECTOR',
      default: 'policy=*,rule=*,resource=*',
      describe: 'Which tests to run; names may hold "*" and "?"',
    },
    record: {
      kind: 'string',
      value: 'FILE',
      describe: 'Ask, and keep every answer in this file',
    },
    replay: {
      kind: 'string',
      value: 'FILE',
      describe: 'Answer from this recording, for all suites',
    },
    live: { kind: 'switch', describe: 'Ask, even where a recording lies beside the suite' },
    output: {
      kind: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: ['table', 'json', 'junit'],
      default: 'table',
      describe: 'Output format',
    },
    'fail-only': { kind: 'switch', describe: 'Show only what did not pass' },
    'detailed-results': {
      kind: 'switch',
      describe: 'Show what was found in the tests that passed, too',
    },
    'require-tests': { kind: 'switch', describe: 'Fail if there is no test to run' },
    pin: {
      kind: 'string',
      value: 'WHAT',
      choices: ['pods', 'workloads'],
      default: 'pods',
      describe: "Which objects get digests, as the webhook's flag of the same name",
    },
    ...registryFlags,
    ...trustFlags,
    ...logFlags,
    ...clusterFlags,
  },
  positionals: { usage: 'FOLDER|FILE...', min: 1, max: 100 },
  validate: (args) => {
    const { record, replay, live } = args;
    if ([record !== undefined, replay !== undefined, live].filter(Boolean).length > 1)
      throw usageError('"--record", "--replay" and "--live" exclude each other');
    checkReplay(args);
  },
  run: async (args, context) => {
    const { runTests } = await import('../test/run-tests.ts');
    return await runTests(args, context);
  },
});
