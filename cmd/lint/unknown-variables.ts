import { isJsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import { checkNames } from '#shared/condition/variables/check-names.ts';
import { listVariables } from '#shared/condition/variables/list-variables.ts';
import type { Written } from '#shared/policy/written.ts';
import type { Found } from './lint-rule.ts';

/** What a signed statement says has names of its own. */
const STATEMENTS: ReadonlySet<string> = new Set(['attestations', 'validate']);

/**
 * Variables of a rule that nothing gives a value: neither the request, nor a `foreach`, nor the `context`.
 * Conditions on attestations are left out, they name what the statement says.
 */
export function unknownVariables(rule: Written): readonly Found[] {
  const entries = member(rule.value, 'verifyImages');
  const value = { ...rule.value, verifyImages: withoutStatements(entries) };
  const names = {
    declared: new Set(contextNames(rule.value)),
    isForeach: member(member(rule.value, 'validate'), 'foreach') !== undefined,
    isBackground: false,
  };
  return checkNames(listVariables(value, rule.path).variables, names).map(({ path, message }) => [
    path,
    message,
  ]);
}

function withoutStatements(entries: JsonValue | undefined): JsonValue {
  if (!Array.isArray(entries)) return null;
  return (entries as readonly JsonValue[]).map((entry) =>
    isJsonObject(entry)
      ? Object.fromEntries(Object.entries(entry).filter(([key]) => !STATEMENTS.has(key)))
      : entry,
  );
}

/** Names of all `context` blocks below: those of a loop are taken for those of the rule. */
function contextNames(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(contextNames);
  if (!isJsonObject(value)) return [];
  const context = member(value, 'context');
  const own = Array.isArray(context) ? (context as readonly JsonValue[]) : [];
  return [
    ...own.flatMap((entry) => stringAt(entry, 'name')?.split('.').slice(0, 1) ?? []),
    ...Object.values(value).flatMap(contextNames),
  ];
}
