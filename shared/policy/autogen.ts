import { wildcardMatches } from '../base/wildcard.ts';
import { ConditionError } from '../condition/condition-error.ts';
import type { Filters, KindPattern, ResourceFilter, Rule, Selection } from './model.ts';
import { generatedCel, generatedText, type TemplatePath } from './generated-cel.ts';
import { MAX_RULE_NAME } from './read-rule.ts';
import { writtenFilters } from './written-policy.ts';
import { textsAt, type Written, writtenAt } from './written.ts';

/** The annotation that says for which controllers rules are generated. */
export const AUTOGEN_ANNOTATION: string = 'pod-policies.kyverno.io/autogen-controllers';

/** The workloads with a pod template at `spec.template`, by API group. */
const CONTROLLERS: ReadonlyMap<string, string> = new Map([
  ['DaemonSet', 'apps'],
  ['Deployment', 'apps'],
  ['Job', 'batch'],
  ['ReplicaSet', 'apps'],
  ['ReplicationController', ''],
  ['StatefulSet', 'apps'],
]);

const WORKLOADS: ReadonlySet<string> = new Set(['Pod', 'CronJob', ...CONTROLLERS.keys()]);

/**
 * The rules with those that Kyverno generates from rules for Pods, so that workloads are judged by their
 * templates (Kyverno 1.19): `autogen-<rule>` and, for CronJobs, `autogen-cronjob-<rule>`.
 * Only for policies all of whose rules are portable ({@link isPortable}).
 */
export function withGeneratedRules(
  rules: readonly Rule[],
  annotation: string | undefined,
): readonly Rule[] {
  const { controllers, cronJob } = requestedKinds(annotation);
  return [...rules, ...rules.flatMap((rule) => generate(rule, controllers, cronJob))];
}

/** Wider than in Kyverno: blanks, and `all` beside other names or in validate rules, mean what they say. */
function requestedKinds(annotation: string = 'all'): {
  readonly controllers: readonly KindPattern[];
  readonly cronJob: readonly KindPattern[];
} {
  const wanted = new Set(annotation.split(',').map((kind) => kind.trim()));
  const isWanted = (kind: string): boolean => wanted.has('all') || wanted.has(kind);
  return {
    controllers: [...CONTROLLERS]
      .filter(([kind]) => isWanted(kind))
      .map(([kind, group]) => kindPattern(group, kind)),
    cronJob: isWanted('CronJob') ? [kindPattern('batch', 'CronJob')] : [],
  };
}

function kindPattern(group: string, kind: string): KindPattern {
  return { group, version: '*', kind, subresource: '' };
}

function generate(
  rule: Rule,
  controllers: readonly KindPattern[],
  cronJob: readonly KindPattern[],
): readonly Rule[] {
  if (rule.name.startsWith('autogen-') || !isForPods(rule.selection)) return [];
  const { match, exclude } = rule.selection;
  const forControllers: Selection = {
    match: match.combine === 'any' ? narrowed(match, controllers) : withoutPods(match, controllers),
    exclude: exclude && withoutPods(exclude, controllers),
  };
  const forCronJobs: Selection = {
    match: withKinds(match, cronJob),
    exclude: exclude && withKinds(exclude, cronJob),
  };
  return [
    ...(controllers.length === 0 ? [] : [carryOver(rule, TEMPLATES.controllers, forControllers)]),
    ...(cronJob.length === 0 ? [] : [carryOver(rule, TEMPLATES.cronJob, forCronJobs)]),
  ];
}

interface Template {
  /** Of the names of generated rules. */
  readonly prefix: string;
  readonly path: TemplatePath;
}

const TEMPLATES: Readonly<Record<'controllers' | 'cronJob', Template>> = {
  controllers: { prefix: 'autogen-', path: 'spec.template' },
  cronJob: { prefix: 'autogen-cronjob-', path: 'spec.jobTemplate.spec.template' },
};

function carryOver(rule: Rule, { prefix, path }: Template, selection: Selection): Rule {
  // Kyverno carries no extractors over: they name places in other kinds.
  const { extractors: _extractors, ...carried } = rule;
  return {
    ...rewritten(carried, path),
    name: `${prefix}${rule.name}`.slice(0, MAX_RULE_NAME),
    selection,
    view: 'pod-template',
    writtenMatch: rule.selection.match,
  };
}

/** Patterns and variables are given the template; CEL is given the workload, and says where the template is. */
function rewritten(rule: Rule, path: TemplatePath): Rule {
  if (rule.kind !== 'validate' || rule.validation.kind !== 'cel') return rule;
  const { message, validation, ...rest } = rule;
  try {
    return {
      ...rest,
      message: message === undefined ? undefined : generatedText(message, path),
      validation: generatedCel(validation, path),
    };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    const fault = { severity: 'unsupported', path: '', message: error.message } as const;
    return { ...rest, kind: 'unsupported', imageReferences: undefined, faults: [fault] };
  }
}

/** Filters for Pods become such for their controllers, the others stay as they are written. */
function withoutPods(filters: Filters, controllers: readonly KindPattern[]): Filters {
  return mapFilters(filters, (filter) => ({
    ...filter,
    kinds: namesPod(filter.kinds) ? controllers : filter.kinds,
  }));
}

/** For CronJobs Kyverno leaves nothing of the kinds of any filter, whatever they are. */
function withKinds(filters: Filters, kinds: readonly KindPattern[]): Filters {
  return mapFilters(filters, (filter) => ({ ...filter, kinds }));
}

function mapFilters(
  { combine, filters }: Filters,
  change: (filter: ResourceFilter) => ResourceFilter,
): Filters {
  return { combine, filters: filters.map(change) };
}

/**
 * Alternatives without Pods stay too, as far as they are for one of the controllers: Kyverno generates for the
 * kind of the object, and nothing for others.
 */
function narrowed({ combine, filters }: Filters, controllers: readonly KindPattern[]): Filters {
  return {
    combine,
    filters: filters.flatMap((filter) => {
      const { kinds } = filter;
      if (kinds.length === 0 || namesPod(kinds)) return [{ ...filter, kinds: controllers }];
      const common = kinds.flatMap((pattern) => commonKinds(pattern, controllers));
      // A filter without kinds would be for all of them.
      return common.length === 0 ? [] : [{ ...filter, kinds: common }];
    }),
  };
}

function commonKinds(
  pattern: KindPattern,
  controllers: readonly KindPattern[],
): readonly KindPattern[] {
  return controllers
    .filter(
      ({ group, kind }) =>
        wildcardMatches(pattern.group, group) && wildcardMatches(pattern.kind, kind),
    )
    .map(({ group, kind }) => ({ ...pattern, group, kind }));
}

/** Match names Pods, and an exclusion by kind is about Pods too. */
function isForPods({ match, exclude }: Selection): boolean {
  const excluded = allFilters(exclude).flatMap(({ kinds }) => kinds);
  return (
    allFilters(match).some(({ kinds }) => namesPod(kinds)) &&
    (excluded.length === 0 || namesPod(excluded))
  );
}

/**
 * Kyverno generates only where a plain kind, neither `v1/Pod` nor one of any version, of some rule names Pods or
 * what makes them.
 */
export function namesWorkloads(rule: Written): boolean {
  return [...writtenFilters(rule, 'match'), ...writtenFilters(rule, 'exclude')]
    .flatMap((filter) => writtenAt(filter, 'resources'))
    .some((resources) => textsAt(resources, 'kinds').some(({ text }) => WORKLOADS.has(text)));
}

/** Names, selectors and annotations of Pods say nothing about workloads, nor do mixed kinds. */
export function isPortable({ match, exclude }: Selection): boolean {
  return [...allFilters(match), ...allFilters(exclude)].every(isPortableFilter);
}

function isPortableFilter(filter: ResourceFilter): boolean {
  const { kinds, names, selector, annotations } = filter;
  return (
    names.length === 0 &&
    selector === undefined &&
    Object.keys(annotations).length === 0 &&
    (kinds.length < 2 || !namesPod(kinds))
  );
}

function allFilters(filters: Filters | undefined): readonly ResourceFilter[] {
  return filters?.filters ?? [];
}

function namesPod(kinds: readonly KindPattern[]): boolean {
  return kinds.some(({ kind }) => kind === 'Pod');
}
