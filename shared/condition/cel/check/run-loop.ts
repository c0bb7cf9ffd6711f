import { ConditionError } from '../../condition-error.ts';
import type { EvaluationBudget } from '../../evaluation-budget.ts';
import { sortByKeys } from '../library/sort-by-keys.ts';
import type { LoopForm } from '../syntax/cel-node.ts';
import { CelMap } from '../value/cel-map.ts';
import { type CelList, type CelValue, isCelList } from '../value/cel-value.ts';
import { typeNameOf } from '../value/type-name-of.ts';
import { type Frame, type Run, withLocal } from './checked.ts';
import { Logic, requireBool } from './logic.ts';

/** The parts of a loop, checked. */
export interface LoopParts {
  readonly form: LoopForm;
  readonly range: Run;
  readonly names: readonly string[];
  readonly filter: Run | undefined;
  readonly body: Run;
}

/** Evaluates a loop. */
export function runLoop(parts: LoopParts): Run {
  const { form, range, filter } = parts;
  const evaluate = FORMS[form];
  return (frame) => {
    const over = range(frame);
    const turns = turnsOf(over, parts.names, frame);
    const chosen = filter === undefined ? turns : only(turns, filter);
    return evaluate(chosen, parts, { over, budget: frame.budget });
  };
}

interface Whole {
  /** What the loop is over. */
  readonly over: CelValue;
  readonly budget: EvaluationBudget;
}

interface Turn {
  readonly frame: Frame;
  /** Of the first name. */
  readonly value: CelValue;
}

type Evaluate = (turns: Iterable<Turn>, parts: LoopParts, whole: Whole) => CelValue;

const FORMS: Readonly<Record<LoopForm, Evaluate>> = {
  all: (turns, parts) => decide(turns, parts, false),
  exists: (turns, parts) => decide(turns, parts, true),
  existsOne(turns, { body }) {
    let count = 0;
    for (const { frame } of turns) if (requireBool(body, frame)) count += 1;
    return count === 1;
  },
  map: (turns, { body }) => results(turns, body),
  filter: (turns, { body }) =>
    Array.from(turns)
      .filter(({ frame }) => requireBool(body, frame))
      .map(({ value }) => value),
  transformMap: (turns, { body }) =>
    newMap(Array.from(turns, ({ frame, value }) => [[value, body(frame)]] as const)),
  transformMapEntry: (turns, { body }) =>
    newMap(Array.from(turns, ({ frame }) => entriesOf(body(frame)))),
  sortBy(turns, { body }, { over, budget }) {
    const keys = results(turns, body);
    if (isCelList(over)) return sortByKeys(over, keys, budget);
    throw new ConditionError('INVALID_ARGUMENT', `no such overload: ${typeNameOf(over)}.sortBy()`);
  },
};

function decide(turns: Iterable<Turn>, { body }: LoopParts, deciding: boolean): boolean {
  const logic = new Logic(deciding);
  for (const { frame } of turns) if (logic.decides(body, frame)) return deciding;
  return logic.undecided();
}

function results(turns: Iterable<Turn>, body: Run): CelList {
  return Array.from(turns, ({ frame }) => body(frame));
}

function entriesOf(value: CelValue): readonly (readonly [CelValue, CelValue])[] {
  if (value instanceof CelMap) return value.entries();
  throw new ConditionError('INVALID_ARGUMENT', `no such overload: ${typeNameOf(value)} is no map`);
}

/** @throws {ConditionError} INVALID_ARGUMENT for a key that is there already. */
function newMap(parts: readonly (readonly (readonly [CelValue, CelValue])[])[]): CelMap {
  const entries = parts.flat();
  const map = new CelMap(entries);
  if (map.size === entries.length) return map;
  throw new ConditionError('INVALID_ARGUMENT', 'insert failed: a key already exists');
}

function* turnsOf(over: CelValue, names: readonly string[], frame: Frame): Generator<Turn> {
  const [first = '', second] = names;
  for (const [key, value] of pairsOf(over)) {
    frame.budget.spend();
    if (second === undefined) {
      const own = isCelList(over) ? value : key;
      yield { frame: withLocal(frame, first, own), value: own };
    } else yield { frame: withLocal(withLocal(frame, first, key), second, value), value: key };
  }
}

function pairsOf(over: CelValue): Iterable<readonly [CelValue, CelValue]> {
  if (over instanceof CelMap) return over.entries();
  if (isCelList(over)) return over.map((value, index) => [BigInt(index), value] as const);
  throw new ConditionError('INVALID_ARGUMENT', `got ${typeNameOf(over)}, expected iterable type`);
}

function* only(turns: Iterable<Turn>, filter: Run): Generator<Turn> {
  for (const turn of turns) if (requireBool(filter, turn.frame)) yield turn;
}
