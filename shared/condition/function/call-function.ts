import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import type { Evaluation } from '../evaluation.ts';
import { isList } from '../is-list.ts';
import { ArgumentFault } from './argument-fault.ts';
import { hasType } from './argument-type.ts';
import type { Argument } from './argument.ts';
import { Arguments } from './arguments.ts';
import type { FunctionEntry } from './function-entry.ts';
import { FUNCTIONS } from './function-table.ts';

/** What a call costs beside its arguments, in steps of the budget. */
const CALL_STEPS = 4;

/** Characters read, and characters made, that count as one step of the budget. */
const READ_PER_STEP = 16;
const MADE_PER_STEP = 64;

/**
 * Calls a function by name, and charges for what it reads and makes.
 * @throws {ConditionError} for arguments that it cannot take, naming function and argument.
 */
export function callFunction(
  name: string,
  given: readonly Argument[],
  context: Evaluation,
): JsonValue {
  const entry = FUNCTIONS.get(name);
  if (entry === undefined)
    throw new ConditionError('SYNTAX', `JMESPath function '${name}': it does not exist`);
  try {
    const args = new Arguments(given);
    check(entry, args);
    context.budget.spend(given.reduce((sum: number, arg) => sum + costOf(arg), CALL_STEPS));
    const result = entry.call(args, context);
    if (typeof result === 'number' && !Number.isFinite(result))
      throw new ArgumentFault('the result is too large for a number');
    context.budget.spend(sizeOf(result));
    return result;
  } catch (thrown) {
    if (!(thrown instanceof ArgumentFault)) throw thrown;
    throw new ConditionError('INVALID_ARGUMENT', `JMESPath function '${name}': ${thrown.message}`, {
      cause: thrown.cause,
    });
  }
}

/** A function without parameters takes any arguments, and ignores them (Kyverno 1.19). */
function check(entry: FunctionEntry, args: Arguments): void {
  const { parameters, isVariadic = false } = entry;
  if (parameters.length === 0) return;
  const count = args.all.length;
  const fits = isVariadic ? count >= parameters.length : count === parameters.length;
  if (!fits)
    throw new ArgumentFault(
      `found ${count} arguments, expected ${isVariadic ? 'at least ' : ''}${parameters.length}`,
    );
  if (isVariadic) return;
  for (const [index, types] of parameters.entries())
    if (!hasType(args.all[index], types)) throw args.wrongType(index, types.join(' or '));
}

function costOf(arg: Argument): number {
  if (typeof arg === 'string') return Math.ceil(arg.length / READ_PER_STEP);
  return isList(arg) ? arg.length : 0;
}

function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return Math.ceil(value.length / MADE_PER_STEP);
  if (isList(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : 0;
}
