import { requestValue } from '#shared/admission/context/request-value.ts';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { isJsonObject, type JsonObject, type JsonValue, member } from '#shared/base/json-value.ts';
import type { ContextEntry } from '#shared/policy/context-entry.ts';
import type { Policy, Rule } from '#shared/policy/model.ts';
import type { Validation } from '#shared/policy/validation.ts';
import { ruleNames } from './declared-policy.ts';
import { objectValues } from './object-values.ts';
import { nameOf } from './select-objects.ts';
import type { SuiteValues } from './suite-values.ts';
import { valueTree } from './value-tree.ts';

/**
 * The policies with the values that a suite gives to their variables, for one request. As with Kyverno's
 * command line (1.19), what has a value is not fetched, variables of the policy are computed all the same, and values
 * for a rule come before those for the object, which come before those for everything.
 */
export function withValues(
  policies: readonly Policy[],
  values: SuiteValues,
  request: AdmissionRequest,
): readonly Policy[] {
  return policies.map((policy) => {
    const forObject = objectValues(values, policy.name, nameOf(request));
    const rules = policy.rules.map((rule) =>
      withVariables(rule, valueTree([...forObject, ruleValues(values, policy, rule)]), request),
    );
    return { ...policy, rules };
  });
}

function ruleValues({ policies }: SuiteValues, policy: Policy, rule: Rule): JsonObject {
  const given = policies.filter(({ name }) => name === policy.name).flatMap(({ rules }) => rules);
  return given.find(({ name }) => ruleNames(name).includes(rule.name))?.values ?? {};
}

/** The variable that every rule has already. */
const REQUEST = 'request';

function withVariables(rule: Rule, tree: JsonObject, request: AdmissionRequest): Rule {
  const names = Object.keys(tree);
  if (names.length === 0) return rule;
  const set = names.map((name): ContextEntry => {
    const value = member(tree, name) ?? null;
    return name === REQUEST
      ? variable(name, { jmesPath: changedRequest(request, value) })
      : variable(name, { value });
  });
  const offline = withoutFetching(rule, names);
  return { ...offline, context: [...set, ...(offline.context ?? [])] };
}

function variable(
  name: string,
  { value, jmesPath }: { readonly value?: JsonValue; readonly jmesPath?: string },
): ContextEntry {
  return { kind: 'variable', path: 'values', name, value, jmesPath, default: undefined };
}

/** The rule without what would be fetched under these names, at every depth; variables are only computed. */
function withoutFetching(rule: Rule, names: readonly string[]): Rule {
  const isKept = ({ name, kind }: ContextEntry): boolean =>
    kind === 'variable' || !names.includes(name);
  const inside = <Inner extends Validation>(validation: Inner): Inner =>
    validation.kind !== 'foreach'
      ? validation
      : {
          ...validation,
          loops: validation.loops.map((loop) => ({
            ...loop,
            context: loop.context.filter(isKept),
            validation: inside(loop.validation),
          })),
        };
  const context = (rule.context ?? []).filter(isKept);
  return rule.kind === 'validate'
    ? { ...rule, context, validation: inside(rule.validation) }
    : { ...rule, context };
}

/** An expression, since the texts of the request itself may look like variables and must stay as they are. */
function changedRequest(request: AdmissionRequest, given: JsonValue): string {
  // Kyverno's command line takes the object for what was there before an update, too.
  const source = (key: string): string =>
    key === 'oldObject' && request.operation === 'UPDATE' ? 'object' : key;
  return changed({ path: REQUEST, known: requestValue(request, undefined), given, source });
}

interface Change {
  readonly path: string;
  /** What is at the path. */
  readonly known: JsonValue | undefined;
  readonly given: JsonValue;
  /** The field whose value the one of this name is put over. */
  readonly source?: (key: string) => string;
}

function changed({ path, known, given, source = (key) => key }: Change): string {
  if (!isJsonObject(known) || !isJsonObject(given)) return literal(given);
  const fields = Object.entries(given).map(([key, value = null]) => {
    const from = source(key);
    const below = `${path}.${JSON.stringify(from)}`;
    return `${JSON.stringify(key)}: ${changed({ path: below, known: member(known, from), given: value })}`;
  });
  return fields.length === 0 ? path : `merge(${path}, {${fields.join(', ')}})`;
}

/** A value in a JMESPath expression. */
function literal(value: JsonValue): string {
  return `\`${JSON.stringify(value).replaceAll('`', '\\`')}\``;
}
