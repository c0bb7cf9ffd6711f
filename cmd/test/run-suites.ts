import type { Admit } from '#shared/admission/admit.ts';
import { Replay } from '#shared/recording/replay.ts';
import type { Tape } from '#shared/recording/tape.ts';
import type { ReadTrustedRoot } from '#shared/trust/trusted-root.ts';
import type { Context } from '../context.ts';
import { createEngine } from '../engine.ts';
import { warnOfUsers } from '../policy/warn-of-users.ts';
import { startProgress } from '../print/progress.ts';
import { tapeSources } from '../recording/tape-sources.ts';
import type { EngineSources, SourceArguments } from '../sources.ts';
import { checkExpectation } from './check-suite.ts';
import { judgeSuite } from './judge-suite.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { Row, SuiteRows } from './row.ts';
import type { Selector } from './selector.ts';
import type { Tapes } from './tapes.ts';
import { testedObjects } from './tested-objects.ts';

export interface RunOptions {
  readonly args: SourceArguments & { readonly pin: string };
  readonly tapes: Tapes;
  readonly selector: Selector;
  readonly context: Context;
}

/** Runs suites in their order; those that share a tape, or none, share whom they ask. */
export async function runSuites(
  suites: readonly LoadedSuite[],
  options: RunOptions,
): Promise<readonly SuiteRows[]> {
  const { args, tapes, context } = options;
  const total = suites.reduce((sum, loaded) => sum + testedObjects(loaded).length, 0);
  const progress = startProgress(context.streams.stderr, total, 'Judging objects');
  const results = new Map<LoadedSuite, SuiteRows>();
  try {
    for (const [tape, group] of Map.groupBy(suites, ({ suite }) => tapes.of(suite))) {
      const share = sharedSources(tape);
      const policies = group.flatMap(({ policies }) => policies);
      for (const loaded of group) {
        const through = (own: EngineSources): EngineSources => ({
          ...share(own),
          context: loaded.context,
        });
        const admit = await createEngine(args, { context, policies, through });
        const step = (): void => progress.step();
        results.set(loaded, await runSuite(loaded, { ...options, admit, tape, step }));
      }
    }
  } finally {
    progress.end();
  }
  return suites.flatMap((loaded) => results.get(loaded) ?? []);
}

/** Suites have one engine each, and ask by the same connections and the same trust root. */
function sharedSources(tape: Tape | undefined): (own: EngineSources) => EngineSources {
  let shared: EngineSources | undefined;
  let root: Promise<ReadTrustedRoot> | undefined;
  return (own) => {
    const first = (shared ??= tape === undefined ? own : tapeSources(tape)(own));
    return { ...first, loadTrustRoot: () => (root ??= first.loadTrustRoot()) };
  };
}

interface SuiteRun extends RunOptions {
  readonly admit: Admit;
  readonly tape: Tape | undefined;
  readonly step: () => void;
}

async function runSuite(
  loaded: LoadedSuite,
  { args, admit, tape, selector, context, step }: SuiteRun,
): Promise<SuiteRows> {
  const { suite, policies, requester, warnings } = loaded;
  for (const warning of warnings) context.warn(warning);
  if (requester === undefined) warnOfUsers(policies, context);
  const pin = args.pin === 'workloads' ? 'workloads' : 'pods';
  const judged = await judgeSuite(loaded, admit, { pin, step });
  const decisions = new Map(judged.map((decision) => [decision.key, decision]));
  const rows = suite.expectations.flatMap((expectation) =>
    checkExpectation(expectation, { loaded, decisions }, selector),
  );
  const isWhole = tape === undefined || tape.gaps().length === 0;
  const recordedAt = tape instanceof Replay ? new Date(tape.clock.now()).toISOString() : undefined;
  return { name: suite.name, path: suite.path, recordedAt, rows: isWhole ? rows : rows.map(doubt) };
}

/** Where answers are missing, an error is not the one that was expected. */
function doubt(row: Row): Row {
  return row.status === 'passed' && row.found === 'error'
    ? { ...row, status: 'undecided', reason: 'not recorded' }
    : row;
}
