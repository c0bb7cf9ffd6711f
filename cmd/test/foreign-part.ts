import { type DeclaredPolicy, findPolicy, ruleNames } from './declared-policy.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { Expectation } from './suite.ts';

/** What of an expectation is about rules of other engines, in the plural; and whether all of it is. */
export interface ForeignPart {
  readonly what: string;
  readonly isAll: boolean;
}

/** Undefined where an expectation is about images only, or about nothing that there is. */
export function foreignPart(
  expectation: Expectation,
  { declared, policies }: LoadedSuite,
): ForeignPart | undefined {
  if (expectation.foreign !== undefined) return { what: expectation.foreign, isAll: true };
  const policy = findPolicy(declared, expectation.policy);
  if (policy === undefined) return undefined;
  const compiled = policies.find(
    ({ name, namespace }) => name === policy.name && namespace === policy.namespace,
  );
  if (compiled === undefined) return { what: `policies of kind ${policy.kind}`, isAll: true };
  const ours = new Set(compiled.rules.map(({ name }) => name));
  const meant = rulesOf(policy, expectation.rule);
  const foreign = meant.filter(({ name }) => !ruleNames(name).some((known) => ours.has(known)));
  if (foreign.length === 0) return undefined;
  const types = [...new Set(foreign.map(({ type }) => type))];
  return { what: `such ${types.join(' and ')} rules`, isAll: foreign.length === meant.length };
}

function rulesOf({ rules }: DeclaredPolicy, written: string | undefined): DeclaredPolicy['rules'] {
  return rules.filter(({ name }) => written === undefined || ruleNames(name).includes(written));
}
