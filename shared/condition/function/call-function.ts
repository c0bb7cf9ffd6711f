import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../condition-error.ts';
import { ArgumentFault, hasType, isList, wrongType } from './argument.ts';
import { FUNCTIONS } from './function-table.ts';
import type { Argument, CallContext, FunctionEntry } from './function-entry.ts';

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
  args: readonly Argument[],
  context: CallContext,
): JsonValue {
  const entry = FUNCTIONS.get(name);
  if (entry === undefined)
    throw new ConditionError('SYNTAX', `JMESPath function '${name}': it does not exist`);
  try {
    check(entry, args);
    context.budget.spend(args.reduce((sum: number, arg) => sum + costOf(arg), CALL_STEPS));
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
function check(entry: FunctionEntry, args: readonly Argument[]): void {
  const { parameters, isVariadic = false } = entry;
  if (parameters.length === 0) return;
  const fits = isVariadic ? args.length >= parameters.length : args.length === parameters.length;
  if (!fits)
    throw new ArgumentFault(
      `found ${args.length} arguments, expected ${isVariadic ? 'at least ' : ''}${parameters.length}`,
    );
  if (isVariadic) return;
  for (const [index, types] of parameters.entries())
    if (!hasType(args[index], types)) throw wrongType(args, index, types.join(' or '));
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
