import { wildcardMatches } from '#shared/base/wildcard.ts';
import { usageError } from '../input-error.ts';
import type { Expectation } from './suite.ts';

const KEYS = ['policy', 'rule', 'resource'] as const;

/** Which tests are run: patterns with wildcards, `*` where nothing was said. */
export type Selector = Readonly<Record<(typeof KEYS)[number], string>>;

/**
 * Reads `policy=NAME,rule=NAME,resource=NAME`, Kyverno's form.
 * @throws {InputError}
 */
export function parseSelector(text: string): Selector {
  const selector = { policy: '*', rule: '*', resource: '*' };
  for (const part of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', value = '', ...more] = part.split('=').map((word) => word.trim());
    const key = KEYS.find((known) => known === name);
    if (key === undefined || value === '' || more.length > 0) {
      throw usageError(
        `invalid argument "${text}" for "--test-case-selector" flag: found "${part}", must be policy=NAME, rule=NAME or resource=NAME, joined by commas`,
      );
    }
    selector[key] = value;
  }
  return selector;
}

/** Whether a test is to be run, as far as its policy and rule say. */
export function isSelected({ policy, rule }: Selector, expectation: Expectation): boolean {
  const isRule = expectation.rule === undefined || wildcardMatches(rule, expectation.rule);
  return isRule && wildcardMatches(policy, expectation.policy);
}

/** Whether the test of this object is to be run: its name matches, with its namespace or without. */
export function isSelectedObject({ resource }: Selector, namespace: string, name: string): boolean {
  return wildcardMatches(resource, name) || wildcardMatches(resource, `${namespace}/${name}`);
}
