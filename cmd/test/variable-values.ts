import {
  type JsonObject,
  type JsonValue,
  isJsonObject,
  member,
  stringAt,
} from '#shared/base/json-value.ts';
import type { ContextEntry } from '#shared/policy/context-entry.ts';
import type { Policy, Rule } from '#shared/policy/model.ts';
import { objectList } from './object-list.ts';

/**
 * The policies with the values that a suite gives to their variables, for one object. As with Kyverno's
 * command line, what has a value is not fetched; values for the object come before those for the rule.
 */
export function withValues(
  policies: readonly Policy[],
  values: JsonObject | undefined,
  objectName: string,
): readonly Policy[] {
  const given = objectList(member(values, 'policies'));
  if (given.length === 0) return policies;
  return policies.map((policy) => {
    const own = given.find((entry) => stringAt(entry, 'name') === policy.name);
    if (own === undefined) return policy;
    const forObject = valuesOf(own, 'resources', [objectName]);
    const rules = policy.rules.map((rule): Rule => {
      const named = [rule.name, rule.name.replace(/^autogen-(?:cronjob-)?/, '')];
      return withVariables(rule, { ...valuesOf(own, 'rules', named), ...forObject });
    });
    return { ...policy, rules };
  });
}

function valuesOf(policy: JsonObject, list: string, names: readonly string[]): JsonObject {
  const found = objectList(member(policy, list)).find((entry) =>
    names.includes(stringAt(entry, 'name') ?? ''),
  );
  const values = member(found, 'values');
  return isJsonObject(values) ? values : {};
}

/** Values of the request are no variables of the rule. */
const REQUEST = 'request';

function withVariables<RuleType extends Rule>(rule: RuleType, values: JsonObject): RuleType {
  const tree: Record<string, JsonValue> = {};
  for (const [path, value] of Object.entries(values))
    if (value !== undefined) setAt(tree, path.split('.'), value);
  const names = Object.keys(tree).filter((name) => name !== REQUEST);
  if (names.length === 0) return rule;
  const kept = (rule.context ?? []).filter(({ name }) => !names.includes(name));
  const set = names.map((name): ContextEntry => {
    const value = tree[name];
    return {
      kind: 'variable',
      path: 'values',
      name,
      value,
      jmesPath: undefined,
      default: undefined,
    };
  });
  return { ...rule, context: [...set, ...kept] };
}

/** `dictionary.data.env` as a mapping in a mapping. */
function setAt(
  tree: Record<string, JsonValue>,
  [name = '', ...rest]: readonly string[],
  value: JsonValue,
): void {
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const inner = Object.hasOwn(tree, name) ? tree[name] : undefined;
  const copy: Record<string, JsonValue> = { ...(isJsonObject(inner) ? withoutAbsent(inner) : {}) };
  setAt(copy, rest, value);
  tree[name] = copy;
}

function withoutAbsent(object: JsonObject): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
