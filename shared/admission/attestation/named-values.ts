import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json-value.ts';

/** What one signer stated under a name, all of it. */
export interface NamedStatements {
  readonly name: string;
  /** Predicates; never empty. */
  readonly values: readonly JsonValue[];
  /** Whether they meet the conditions for them. */
  readonly isMet: boolean;
}

/** Several statements of one name are tried against those of others; more combinations than this are an attack. */
export const MAX_COMBINATIONS: number = 64;

/**
 * Everything that the names can stand for at a time, undefined where that is too much. A name stands for
 * each of its statements by itself. Where several signers, or attestations, gave it some, it also stands for one of each
 * mixed field by field, the later over the earlier, which is all that Kyverno 1.19 looks at; those that do
 * not meet their conditions count there only.
 */
export function combineNames(
  statements: readonly NamedStatements[],
): readonly JsonObject[] | undefined {
  let combinations: readonly JsonObject[] = [{}];
  for (const [name, ofName] of Map.groupBy(statements, (one) => one.name)) {
    const values = valuesOf(ofName);
    if (values === undefined || values.length * combinations.length > MAX_COMBINATIONS)
      return undefined;
    combinations = combinations.flatMap((taken) =>
      values.map((value) => ({ ...taken, [name]: value })),
    );
  }
  return combinations;
}

function valuesOf(statements: readonly NamedStatements[]): readonly JsonValue[] | undefined {
  const [first, ...others] = statements;
  // Of one signer there is nothing to mix.
  if (first === undefined || others.length === 0) return first?.values;
  let mixed = first.values;
  for (const { values } of others) {
    if (mixed.length * values.length > MAX_COMBINATIONS) return undefined;
    mixed = mixed.flatMap((below) => values.map((value) => mix(below, value)));
  }
  return [...statements.flatMap(({ isMet, values }) => (isMet ? values : [])), ...mixed];
}

/** Fields of mappings, at any depth; of everything else the later stands. */
function mix(below: JsonValue, above: JsonValue): JsonValue {
  if (!isJsonObject(below) || !isJsonObject(above)) return above;
  const fields = new Map(Object.entries(below));
  for (const [key, value = null] of Object.entries(above))
    fields.set(key, mix(fields.get(key) ?? null, value));
  return Object.fromEntries(fields);
}
