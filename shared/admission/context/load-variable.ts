import type { JsonValue } from '../../base/json-value.ts';
import { ConditionError } from '../../condition/condition-error.ts';
import type { VariableEntry } from '../../policy/context-entry.ts';
import { ContextError } from './context-error.ts';
import type { EntryTools } from './load-entry.ts';

/**
 * The value of a `variable` entry: its own value, or what its expression finds in that or, without one,
 * in everything that is known. The default stands in where the expression fails or, without a value,
 * gives null (Kyverno 1.19).
 * @throws {ContextError} NO_VALUE
 */
export async function loadVariable(entry: VariableEntry, tools: EntryTools): Promise<JsonValue> {
  const jmesPath =
    entry.jmesPath === undefined ? undefined : await tools.expression(entry.jmesPath);
  const fallback = entry.default === undefined ? null : await tools.substitute(entry.default);
  const found = await find(entry, { jmesPath, fallback, tools });
  if (found !== null) return found;
  throw new ContextError(
    'NO_VALUE',
    `failed to add context entry for variable ${entry.name} since it evaluated to nil`,
  );
}

interface Search {
  readonly jmesPath: string | undefined;
  readonly fallback: JsonValue;
  readonly tools: EntryTools;
}

async function find(
  entry: VariableEntry,
  { jmesPath, fallback, tools }: Search,
): Promise<JsonValue> {
  const value = entry.value === undefined ? undefined : await tools.substitute(entry.value);
  if (jmesPath === undefined) return value ?? null;
  try {
    return value === undefined
      ? ((await tools.query(jmesPath)) ?? fallback)
      : tools.search(jmesPath, value);
  } catch (error) {
    if (!isDefinite(error)) throw error;
    if (fallback !== null) return fallback;
    throw new ContextError(
      'NO_VALUE',
      `failed to apply jmespath ${jmesPath} to variable ${entry.name}: ${error.message}`,
      { cause: error },
    );
  }
}

/** That there is nothing, as opposed to not having found out. */
function isDefinite(error: unknown): error is ConditionError | ContextError {
  return error instanceof ConditionError
    ? error.code !== 'TOO_EXPENSIVE' && error.code !== 'LOOKUP_FAILED'
    : error instanceof ContextError && error.code === 'NO_VALUE';
}
