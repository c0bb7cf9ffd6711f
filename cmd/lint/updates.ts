import { stringAt } from '#shared/base/json-value.ts';
import { writtenFilters } from '#shared/policy/written-policy.ts';
import { isGiven, writtenAt } from '#shared/policy/written.ts';
import type { Found, LintRule, Subject } from './lint-rule.ts';

/** What an update of Kyverno takes away; for its own kinds. */
export const UPDATES: readonly LintRule[] = [
  {
    id: 'SP401',
    severity: 'note',
    title: 'Kyverno 1.20 no longer runs policies of this kind, and refuses to create them',
    find: (subject) => [
      ...(isKyvernos(subject)
        ? [
            [
              'kind',
              'Kyverno 1.20 by its plan no longer runs policies of this kind; here they keep running, also as ClusterSignPolicy or SignPolicy',
            ] as const,
          ]
        : []),
      ...(isKyvernosException(subject)
        ? [
            [
              'kind',
              'Kyverno deprecates exceptions of this kind together with the policies that they are for, which 1.20 by its plan no longer runs; here they keep counting',
            ] as const,
          ]
        : []),
    ],
  },
  {
    id: 'SP403',
    severity: 'note',
    title: 'a field that Kyverno has replaced',
    find: (subject) =>
      isKyvernos(subject) ? [...replacedInSpec(subject), ...replacedInRules(subject)] : [],
  },
  {
    id: 'SP404',
    severity: 'note',
    title: 'a version of a kind that Kyverno is going to take away',
    find: (subject) =>
      isKyvernosException(subject) && stringAt(subject.document, 'apiVersion') !== 'kyverno.io/v2'
        ? [['apiVersion', 'is deprecated in Kyverno for kyverno.io/v2']]
        : [],
  },
];

/** Field of the spec → what Kyverno 1.19 names instead. */
const REPLACED: Readonly<Record<string, string>> = {
  failurePolicy: 'webhookConfiguration.failurePolicy',
  webhookTimeoutSeconds: 'webhookConfiguration.timeoutSeconds',
  validationFailureActionOverrides: 'failureActionOverrides of "validate"',
  mutateExistingOnPolicyUpdate: 'mutateExistingOnPolicyUpdate of "mutate"',
  generateExisting: 'generateExisting of "generate"',
  generateExistingOnPolicyUpdate: 'generateExisting of "generate"',
  schemaValidation: 'nothing',
};

function isKyvernos(subject: Subject): boolean {
  return isOfKind(subject, ['ClusterPolicy', 'Policy']);
}

function isKyvernosException(subject: Subject): boolean {
  return isOfKind(subject, ['PolicyException']);
}

function isOfKind({ document }: Subject, kinds: readonly string[]): boolean {
  const isGroup = (stringAt(document, 'apiVersion') ?? '').startsWith('kyverno.io/');
  return isGroup && kinds.includes(stringAt(document, 'kind') ?? '');
}

function replacedInSpec({ spec }: Subject): readonly Found[] {
  return Object.entries(REPLACED)
    .filter(([key]) => isGiven(spec, key))
    .map(([key, now]) => [`${spec.path}.${key}`, `is deprecated in Kyverno for ${now}`]);
}

function replacedInRules({ rules }: Subject): readonly Found[] {
  const blocks = ['match', 'exclude'] as const;
  return rules.flatMap((rule) =>
    blocks.flatMap((block) => [
      ...writtenAt(rule, block)
        .filter((one) => isGiven(one, 'resources'))
        .map(({ path }): Found => [
          `${path}.resources`,
          'is deprecated in Kyverno for a list below "any" or "all", and not in v2beta1',
        ]),
      ...writtenFilters(rule, block)
        .flatMap((filter) => writtenAt(filter, 'resources'))
        .filter((resources) => isGiven(resources, 'name'))
        .map(({ path }): Found => [`${path}.name`, 'is deprecated in Kyverno for "names"']),
    ]),
  );
}
