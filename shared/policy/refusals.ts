import type { Fault } from '../base/fault.ts';
import { childPath } from '../base/field-path.ts';
import { type JsonObject, member, stringAt } from '../base/json-value.ts';
import { compileCel } from '../condition/cel/cel-program.ts';
import { ConditionError } from '../condition/condition-error.ts';
import { needsUser } from '../condition/variables/check-names.ts';
import { listVariables } from '../condition/variables/list-variables.ts';
import { AUTOGEN_ANNOTATION } from './autogen.ts';
import { conflictingActions } from './conflicting-actions.ts';
import { REFUSAL_RULES, type RefusalName } from './fault-rules.ts';
import { fieldsOfV1 } from './fields-of-v1.ts';
import { foreignNamespaces } from './foreign-namespaces.ts';
import { parseKindPattern } from './kind-pattern.ts';
import type { RefusalFinder, Refused } from './refusal.ts';
import { SELECTION_REFUSALS } from './selection-refusals.ts';
import { unknownVariables } from './unknown-variables.ts';
import { VALIDATE_REFUSALS } from './validate-refusals.ts';
import { writtenFilters, writtenRules, writtenSets } from './written-policy.ts';
import { isGiven, textsAt, type Written, writtenAt, writtenList } from './written.ts';

/**
 * Why Kyverno 1.19 would refuse to create a policy of its own kinds, beyond what is an error for every
 * reader; of ours only what could never apply. The webhook honours such a policy all the same: it may be in
 * a cluster since before the check was there.
 */
export function findRefusals(document: JsonObject): readonly Fault[] {
  if (!isKyvernos(document)) return foreignNamespaces(document);
  const policy: Written = { value: document, path: '' };
  const specs = writtenAt(policy, 'spec');
  return FINDERS.flatMap(([name, find]) => {
    const rule = REFUSAL_RULES[name];
    return specs.flatMap((spec) =>
      find({ policy, spec, rules: writtenRules(document) }).map(([path, message]) => ({
        severity: rule.severity,
        rule: rule.id,
        path,
        message: `Kyverno refuses ${message}`,
      })),
    );
  });
}

function isKyvernos(document: JsonObject): boolean {
  const isGroup = (stringAt(document, 'apiVersion') ?? '').startsWith('kyverno.io/');
  return isGroup && ['ClusterPolicy', 'Policy'].includes(stringAt(document, 'kind') ?? '');
}

/** Reports keep it in a label (Kyverno 1.19). */
const MAX_POLICY_NAME = 63;

const FINDERS_BY_NAME: Readonly<Record<RefusalName, RefusalFinder>> = {
  ...SELECTION_REFUSALS,
  ...VALIDATE_REFUSALS,
  fieldsOfV1,
  auditPins: ({ spec, rules }) =>
    rules.flatMap((rule) =>
      auditedEntries(rule, spec)
        .filter(({ value }) => member(value, 'mutateDigest') !== false)
        .map(({ path }): Refused => [
          `${path}.mutateDigest`,
          '"mutateDigest: true" (also its default) together with the action Audit, write "mutateDigest: false" or the action Enforce',
        ]),
    ),
  wildcardKind: ({ spec, rules }) =>
    rules.flatMap((rule) => {
      const isNever = verifies(rule) || loops(rule);
      if (!isNever && !runsInBackground(spec)) return [];
      const filters = [...writtenFilters(rule, 'match'), ...writtenFilters(rule, 'exclude')];
      return filters
        .flatMap((filter) => writtenAt(filter, 'resources'))
        .filter((resources) => textsAt(resources, 'kinds').some(({ text }) => text === '*'))
        .map(({ path }): Refused => [
          `${path}.kinds`,
          isNever
            ? 'the kind "*" in rules with "verifyImages" or "foreach", name the kinds'
            : 'the kind "*" in policies that run in the background, name the kinds or write "background: false"',
        ]);
    }),
  noAdmission: ({ spec, rules }) => {
    if (member(spec.value, 'admission') !== false) return [];
    const acts = rules.some(
      (rule) => verifies(rule) || isGiven(rule, 'mutate') || isGiven(rule, 'generate'),
    );
    if (!acts && runsInBackground(spec)) return [];
    return [
      [
        `${spec.path}.admission`,
        'this here: rules that verify images, change or make objects act at admission',
      ],
    ];
  },
  countAboveEntries: ({ rules }) =>
    setsOf(rules).flatMap((set): readonly Refused[] => {
      const count = member(set.value, 'count');
      const entries = member(set.value, 'entries');
      const written = Array.isArray(entries) ? entries.length : 0;
      if (typeof count !== 'number' || (count > 0 && count <= written)) return [];
      const why =
        count > 0
          ? `a count above the number of written entries, ${written}: write keys as entries of their own`
          : 'a count below 1, take it away where all are needed';
      return [[`${set.path}.count`, why]];
    }),
  keylessWithoutLog: ({ rules }) => [
    ...setsOf(rules)
      .flatMap((set) => writtenList(set, 'entries'))
      .flatMap((entry) => writtenAt(entry, 'keyless'))
      .filter((keyless) => !namesLog(keyless))
      .map(({ path }): Refused => [
        path,
        '"keyless" without a log, write "rekor: { url: https://rekor.sigstore.dev }"',
      ]),
    ...rules
      .flatMap((rule) => writtenList(rule, 'verifyImages'))
      .filter(isShortKeyless)
      .map(({ path }): Refused => [
        `${path}.issuer`,
        'this without "roots", write "attestors" with "keyless" and its "rekor.url"',
      ]),
  ],
  userInBackground: ({ spec, rules }) => {
    if (!runsInBackground(spec)) return [];
    // Such a rule spares variables the check, those of other rules too.
    const changesExisting = rules.some((rule) =>
      writtenAt(rule, 'mutate').some((mutate) => isGiven(mutate, 'targets')),
    );
    const why = 'in policies that run in the background, write "background: false"';
    return rules.flatMap((rule) => [
      ...[...writtenFilters(rule, 'match'), ...writtenFilters(rule, 'exclude')].flatMap((filter) =>
        ['subjects', 'roles', 'clusterRoles']
          .filter((key) => isFilled(filter, key))
          .map((key): Refused => [`${filter.path}.${key}`, `conditions on users ${why}`]),
      ),
      ...(changesExisting ? [] : listVariables(rule.value, rule.path).variables)
        .filter(({ text }) => needsUser(text))
        .map(({ path, text }): Refused => [path, `the variable "${text}" ${why}`]),
    ]);
  },
  oldAndNewField: ({ spec }) =>
    [
      ['failurePolicy', 'failurePolicy'],
      ['webhookTimeoutSeconds', 'timeoutSeconds'],
    ].flatMap(([old = '', current = '']): readonly Refused[] => {
      const isBoth =
        isGiven(spec, old) &&
        writtenAt(spec, 'webhookConfiguration').some((webhook) => isGiven(webhook, current));
      if (!isBoth) return [];
      return [
        [
          `${spec.path}.${old}`,
          `both this and "webhookConfiguration.${current}", take this one away`,
        ],
      ];
    }),
  namespacedScope: ({ policy, spec, rules }) => {
    if (stringAt(policy.value, 'kind') !== 'Policy') return [];
    const overrides: readonly Refused[] = isFilled(spec, 'validationFailureActionOverrides')
      ? [[`${spec.path}.validationFailureActionOverrides`, 'this in a namespaced policy']]
      : [];
    const filters = rules.flatMap((rule) => [
      ...writtenFilters(rule, 'match'),
      ...writtenFilters(rule, 'exclude'),
    ]);
    return [
      ...overrides,
      ...filters
        .flatMap((filter) => writtenAt(filter, 'resources'))
        .filter((resources) => isFilled(resources, 'namespaces'))
        .map(({ path }): Refused => [
          `${path}.namespaces`,
          'namespaces in a namespaced policy, which is for its own only; take them away',
        ]),
    ];
  },
  extractorsElsewhere: ({ rules }) =>
    rules
      .filter((rule) => isGiven(rule, 'imageExtractors') && !verifies(rule))
      .map(({ path }) => [`${path}.imageExtractors`, 'this in rules that do not verify images']),
  clusterPolicyNamespace: ({ policy }) =>
    stringAt(policy.value, 'kind') === 'ClusterPolicy' &&
    (stringAt(policy.value, 'metadata', 'namespace') ?? '') !== ''
      ? [['metadata.namespace', 'a namespace here: the policy is for the whole cluster']]
      : [],
  subresourceInBackground: ({ spec, rules }) =>
    rules
      .filter((rule) => runsInBackground(spec) && isGiven(rule, 'validate'))
      .flatMap((rule) => [...writtenFilters(rule, 'match'), ...writtenFilters(rule, 'exclude')])
      .flatMap((filter) => writtenAt(filter, 'resources'))
      .flatMap((resources) => textsAt(resources, 'kinds'))
      .filter(({ text }) => parseKindPattern(text).subresource !== '')
      .map(({ path }): Refused => [
        path,
        'subresources in policies that run in the background, write "background: false"',
      ]),
  undeclaredVariable: ({ rules }) =>
    rules
      .filter((rule) => verifies(rule) || isGiven(rule, 'validate'))
      .flatMap(unknownVariables)
      .filter(({ isRefused }) => isRefused)
      .map(({ path, message }): Refused => [path, `this: ${message}`]),
  kindlessFilter: ({ rules }) =>
    rules
      .flatMap((rule) => writtenFilters(rule, 'match'))
      .filter((filter) =>
        writtenAt(filter, 'resources').every((resources) => !isFilled(resources, 'kinds')),
      )
      .map(({ path }): Refused => [path, 'a filter of "match" without kinds, name them in each']),
  autogenAll: ({ policy }) =>
    stringAt(policy.value, 'metadata', 'annotations', AUTOGEN_ANNOTATION) === 'all'
      ? [
          [
            childPath('metadata.annotations', AUTOGEN_ANNOTATION),
            'the value "all" here, take the annotation away',
          ],
        ]
      : [],
  longName: ({ policy }) => {
    const name = stringAt(policy.value, 'metadata', 'name') ?? '';
    if (name.length <= MAX_POLICY_NAME) return [];
    return [
      ['metadata.name', `a name of ${name.length} characters, write ${MAX_POLICY_NAME} at most`],
    ];
  },
  undeclaredCel: ({ spec }) =>
    writtenAt(spec, 'webhookConfiguration')
      .flatMap((webhook) => writtenList(webhook, 'matchConditions'))
      .flatMap(({ value, path }) =>
        undeclaredIn(stringAt(value, 'expression') ?? '').map((why): Refused => [
          `${path}.expression`,
          `this: ${why}; match conditions know object, oldObject, request and namespaceObject`,
        ]),
      ),
  conflictingActions: ({ spec, rules }) => [
    ...conflictingActions(spec, 'validationFailureActionOverrides'),
    ...rules
      .flatMap((rule) => writtenAt(rule, 'validate'))
      .flatMap((validate) => conflictingActions(validate, 'failureActionOverrides')),
  ],
};

const FINDERS = Object.entries(FINDERS_BY_NAME) as [RefusalName, RefusalFinder][];

/** Variables without a declaration do not compile. */
function undeclaredIn(expression: string): readonly string[] {
  try {
    compileCel(expression);
    return [];
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return error.code === 'UNRESOLVED_VARIABLE' ? [error.message] : [];
  }
}

function isFilled({ value }: Written, key: string): boolean {
  const list = member(value, key);
  return Array.isArray(list) && list.length > 0;
}

function verifies(rule: Written): boolean {
  return isFilled(rule, 'verifyImages');
}

function loops(rule: Written): boolean {
  return writtenAt(rule, 'validate').some((validate) => isFilled(validate, 'foreach'));
}

function runsInBackground(spec: Written): boolean {
  return member(spec.value, 'background') !== false;
}

/** An entry without an action has that of the entry above it, for this check; the first one the policy's. */
function auditedEntries(rule: Written, spec: Written): readonly Written[] {
  let action = stringAt(spec.value, 'validationFailureAction');
  return writtenList(rule, 'verifyImages').filter(({ value }) => {
    action = stringAt(value, 'failureAction') ?? action;
    return action?.toLowerCase() !== 'enforce';
  });
}

function setsOf(rules: readonly Written[]): readonly Written[] {
  return rules.flatMap((rule) => writtenList(rule, 'verifyImages').flatMap(writtenSets));
}

/** The deprecated fields make a "keyless" that names no log; with attestations they are not looked at. */
function isShortKeyless(entry: Written): boolean {
  const [issuer, key, roots] = ['issuer', 'key', 'roots'].map(
    (name) => stringAt(entry.value, name) ?? '',
  );
  return issuer !== '' && key === '' && roots === '' && !isFilled(entry, 'attestations');
}

function namesLog(keyless: Written): boolean {
  if (isGiven(keyless, 'rekor')) return (stringAt(keyless.value, 'rekor', 'url') ?? '') !== '';
  return (stringAt(keyless.value, 'roots') ?? '') !== '';
}
