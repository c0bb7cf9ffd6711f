import { stringAt } from '#shared/base/json-value.ts';
import { hasWildcard } from '#shared/base/wildcard.ts';
import { writtenFilters } from '#shared/policy/written-policy.ts';
import { isGiven, textsAt, type Written, writtenAt, writtenList } from '#shared/policy/written.ts';
import type { Found, LintRule, Subject } from './lint-rule.ts';

/** What exceptions let out more than their author most likely means, here or in Kyverno 1.19. */
export const EXCEPTION_RULES: readonly LintRule[] = [
  {
    id: 'SP226',
    severity: 'warning',
    title: 'an exception from every rule, or for every kind',
    find: (subject) => [
      ...exceptedRules(subject)
        .flatMap((excepted) => textsAt(excepted, 'ruleNames'))
        .filter(({ text }) => EVERYTHING.test(text))
        .map(({ path }): Found => [
          path,
          'takes objects out of every rule, also of those to come; name the rules, those for workloads as "autogen-…"',
        ]),
      ...exceptionsIn(subject)
        .flatMap((spec) => writtenFilters(spec, 'match'))
        .flatMap((filter) => writtenAt(filter, 'resources'))
        .flatMap((resources) => textsAt(resources, 'kinds'))
        .filter(({ text }) => EVERYTHING.test(text))
        .map(({ path }): Found => [path, 'takes out objects of every kind; name the kinds']),
    ],
  },
  {
    id: 'SP227',
    severity: 'warning',
    title: 'a wildcard in the name of the policy of an exception',
    find: (subject) =>
      exceptedRules(subject)
        .flatMap(policyNameAt)
        .filter(({ text }) => hasWildcard(text))
        .map(({ path, text }): Found => [
          path,
          `${JSON.stringify(text)} is taken for the name of one policy, so nothing is excepted; name each policy`,
        ]),
  },
  {
    id: 'SP310',
    severity: 'warning',
    title: "images of an exception are a field that Kyverno's own definition does not have",
    find: (subject) =>
      exceptionsIn(subject)
        .filter((spec) => isGiven(spec, 'images'))
        .map(({ path }): Found => [
          `${path}.images`,
          "where Kyverno's definition of this kind is installed, API servers drop the field and the exception takes out the whole object; write the annotation sign-policy.dev/exception-images there",
        ]),
  },
];

/** One star or several, also for each part of a name. */
const EVERYTHING = /^\*+(?:\/\*+)*$/;

function exceptionsIn({ document, spec }: Subject): readonly Written[] {
  return stringAt(document, 'kind') === 'PolicyException' ? [spec] : [];
}

function exceptedRules(subject: Subject): readonly Written[] {
  return exceptionsIn(subject).flatMap((spec) => writtenList(spec, 'exceptions'));
}

function policyNameAt({
  value,
  path,
}: Written): readonly { readonly path: string; readonly text: string }[] {
  const text = stringAt(value, 'policyName');
  return text === undefined ? [] : [{ path: `${path}.policyName`, text }];
}
