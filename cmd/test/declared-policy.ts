import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { objectList } from './object-list.ts';

/** A policy as it is written, with the rules of it that are not for us too. */
export interface DeclaredPolicy {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly rules: readonly DeclaredRule[];
}

export interface DeclaredRule {
  readonly name: string;
  /** What the rule does, `mutate` for example. */
  readonly type: string;
}

const RULE_TYPES = ['verifyImages', 'validate', 'mutate', 'generate'] as const;

/** Reads names only: whatever is wrong was told when the policy was read. */
export function declaredPolicy(document: JsonObject): DeclaredPolicy {
  const rules = member(member(document, 'spec'), 'rules');
  return {
    kind: stringAt(document, 'kind') ?? '',
    name: stringAt(document, 'metadata', 'name') ?? '',
    namespace: stringAt(document, 'metadata', 'namespace'),
    rules: objectList(rules).map((rule) => ({
      name: stringAt(rule, 'name') ?? '',
      type: RULE_TYPES.find((type) => member(rule, type) !== undefined) ?? 'unknown',
    })),
  };
}

/** Finds a policy by its name; that of a namespaced one may be written with its namespace. */
export function findPolicy(
  declared: readonly DeclaredPolicy[],
  written: string,
): DeclaredPolicy | undefined {
  const [name = '', namespace] = written.split('/').toReversed();
  return declared.find(
    (policy) => policy.name === name && (namespace === undefined || namespace === policy.namespace),
  );
}

/** The rule and those that are generated from it for workloads (Kyverno 1.19). */
export function ruleNames(rule: string): readonly string[] {
  return [rule, `autogen-${rule}`, `autogen-cronjob-${rule}`];
}

/** Whether a policy has this rule, or any rule is meant. */
export function hasRule({ rules }: DeclaredPolicy, written: string | undefined): boolean {
  return written === undefined || rules.some(({ name }) => ruleNames(name).includes(written));
}
