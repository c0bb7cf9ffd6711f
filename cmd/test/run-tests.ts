import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { readTextFile } from '../file/read-inputs.ts';
import { InputError } from '../input-error.ts';
import type { SourceArguments } from '../sources.ts';
import { findSuites } from './find-suites.ts';
import { type LoadedSuite, loadSuite } from './load-suite.ts';
import { printRows } from './print-rows.ts';
import { readSuites } from './read-suites.ts';
import { type SuiteRows, countRows } from './row.ts';
import { runSuites } from './run-suites.ts';
import { type Selector, isSelected, parseSelector } from './selector.ts';
import { type TapeArguments, Tapes } from './tapes.ts';

export interface TestArguments extends SourceArguments, TapeArguments {
  readonly _: readonly string[];
  readonly 'file-name': string;
  readonly 'test-case-selector': string;
  readonly 'fail-only': boolean;
  readonly 'detailed-results': boolean;
  readonly 'require-tests': boolean;
  readonly output: string;
  readonly pin: string;
}

/** Runs the suites at the given paths; exit code by the worst test. */
export async function runTests(args: TestArguments, context: Context): Promise<ExitCode> {
  const selector = parseSelector(args['test-case-selector']);
  const suites = await loadSuites(args, selector, context);
  const tapes = await Tapes.open(
    args,
    suites.map(({ suite }) => suite),
  );
  const results = await runSuites(suites, { args, tapes, selector, context });
  const counts = countRows(results);
  const handled = [...counts].reduce(
    (sum, [status, count]) => (status === 'not handled' ? sum : sum + count),
    0,
  );
  if (handled === 0) noteNothing(args, context);
  context.streams.stdout.write(
    printRows(results, {
      format: args.output,
      style: context.style,
      failOnly: args['fail-only'],
      detailed: args['detailed-results'],
    }),
  );
  const isComplete = await tapes.close(context.streams.stderr);
  return exitCode(results, isComplete);
}

/** Everything is read before anything is judged. */
async function loadSuites(
  args: TestArguments,
  selector: Selector,
  { streams }: Context,
): Promise<readonly LoadedSuite[]> {
  const loaded: LoadedSuite[] = [];
  for (const path of await findSuites(args._, args['file-name'])) {
    for (const suite of readSuites({ origin: path, text: await readTextFile(path) })) {
      const expectations = suite.expectations.filter((one) => isSelected(selector, one));
      if (expectations.length > 0)
        loaded.push(await loadSuite({ ...suite, expectations }, streams));
    }
  }
  return loaded;
}

/** @throws {InputError} where tests are required. */
function noteNothing(args: TestArguments, { warn }: Context): void {
  const where = args._.map((path) => `"${path}"`).join(', ');
  const message = `Cannot find a test to run in ${where} ("${args['file-name']}", ${args['test-case-selector']})`;
  if (args['require-tests']) throw new InputError('DOCUMENT', message);
  warn(message);
}

function exitCode(results: readonly SuiteRows[], isComplete: boolean): ExitCode {
  const counts = countRows(results);
  if (counts.has('failed')) return EXIT.denied;
  return counts.has('undecided') || !isComplete ? EXIT.trouble : EXIT.ok;
}
