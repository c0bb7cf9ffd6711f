import { isJsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import { checkNames } from '../condition/variables/check-names.ts';
import { listVariables } from '../condition/variables/list-variables.ts';
import { type Written, writtenList } from './written.ts';

/** A variable that nothing gives a value, and where it stands. */
export interface UnknownVariable {
  readonly path: string;
  readonly message: string;
  /** Whether Kyverno 1.19 refuses a policy because of it. */
  readonly isRefused: boolean;
}

/** What a signed statement says has names of its own. */
const STATEMENTS: ReadonlySet<string> = new Set(['attestations', 'validate']);

/**
 * Variables of a rule that nothing gives a value: neither the request, nor a `foreach`, nor the `context`.
 * Conditions on attestations are left out, they name what the statement says.
 */
export function unknownVariables(rule: Written): readonly UnknownVariable[] {
  const value = {
    ...rule.value,
    verifyImages: withoutStatements(member(rule.value, 'verifyImages')),
  };
  const declared = new Set(contextNames(rule.value));
  const names = {
    declared,
    isForeach: member(member(rule.value, 'validate'), 'foreach') !== undefined,
    isBackground: false,
  };
  return listVariables(value, rule.path).variables.flatMap((variable) =>
    checkNames([variable], names).map((fault) => ({
      ...fault,
      isRefused: isRefused(variable.text, { rule, declared }),
    })),
  );
}

/** Whoever writes one of these anywhere in a variable is believed by Kyverno 1.19, and so is who calls a function. */
const RESERVED = /request|serviceAccountName|element|@|image|[a-z_0-9]+\([^{}]/;

/** Kyverno compares the text only: with how names begin, and with `*` where an attestation has none. */
function isRefused(
  text: string,
  { rule, declared }: { readonly rule: Written; readonly declared: ReadonlySet<string> },
): boolean {
  const query = text.replaceAll('"', '').trim();
  const attestations = writtenList(rule, 'verifyImages').flatMap((entry) =>
    writtenList(entry, 'attestations').map(({ value }) => stringAt(value, 'name') ?? ''),
  );
  const isTaken = [...declared, ...attestations].some((name) => query.startsWith(name));
  return !RESERVED.test(query) && !isTaken;
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
