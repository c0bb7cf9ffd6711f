import { type Fault, formatFault } from '#shared/base/fault.ts';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import type { KindPattern, Policy, Rule } from '#shared/policy/model.ts';
import type { PolicyReading } from './policy-reading.ts';

/** Enough to repair a policy by; the log has all of them. */
const MAX_FAULTS = 20;

/** Kubernetes allows 32 KiB; nobody reads that much in a table. Characters. */
const MAX_MESSAGE_LENGTH = 1_000;

/**
 * The status of a policy object of our own kinds: whether its newest version is in force, what it matches,
 * and what is wrong with it. The time of the condition is kept where the condition is the same.
 */
export function policyStatus(
  reading: PolicyReading,
  now: number,
  unregistered: readonly UnregisteredKinds[] = [],
): JsonObject {
  const { object, policy, standing } = reading;
  const condition = readyCondition(reading, unregistered);
  const generation = member(object.metadata, 'generation');
  const observed = typeof generation === 'number' ? { observedGeneration: generation } : {};
  const isStandIn = standing === 'stand-in';
  return {
    ...observed,
    ready: condition.status === 'True',
    mode: modeOf(policy),
    rules: countRules(object, isStandIn ? undefined : policy.rules),
    matches: isStandIn ? [] : matchedKinds(policy.rules),
    faults: toldFaults(reading.faults).slice(0, MAX_FAULTS).map(faultEntry),
    conditions: [{ ...condition, ...observed, lastTransitionTime: since(object, condition, now) }],
  };
}

/** Kinds of a policy that API servers do not call the webhook for. */
export interface UnregisteredKinds {
  readonly kinds: readonly KindPattern[];
  readonly reason: string;
}

interface Condition {
  readonly type: 'Ready';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

function readyCondition(
  { object, policy, standing, faults }: PolicyReading,
  unregistered: readonly UnregisteredKinds[],
): Condition {
  const because = toldFaults(faults)
    .filter(({ severity }) => severity !== 'warning')
    .map(formatFault)
    .join('; ');
  switch (standing) {
    case 'last-good':
      return notReady(
        'LastGoodVersionInForce',
        `This version cannot be used, the last good one stays in force: ${because}`,
      );
    case 'stand-in':
      return notReady(
        'Unusable',
        `This policy cannot be used, what it covers cannot be judged: ${because}`,
      );
    case 'newest': {
      // What is admitted unseen is worse than what is refused (MUST-NOT-HAPPEN 28).
      if (unregistered.length > 0)
        return notReady(
          'NotRegistered',
          `The webhook is not registered for all kinds: ${missing(unregistered)}`,
        );
      if (policy.rules.some(({ kind }) => kind === 'unsupported'))
        return notReady(
          'UnsupportedRules',
          `In force, but rules that cannot be judged never pass: ${because}`,
        );
      const others = leftToOthers(object, policy);
      // Whoever waits for a policy believes from then on that something is judged by it.
      if (policy.rules.length === 0)
        return notReady('NoRuleHandled', `No rule of this policy is handled here: ${others}`);
      const message = others === undefined ? 'In force' : `In force; ${others}`;
      return { type: 'Ready', status: 'True', reason: 'InForce', message };
    }
  }
}

/** `2 rules are not about images and left to other engines`, where there are such rules. */
function leftToOthers(object: JsonObject, { rules }: Policy): string | undefined {
  const { others } = countRules(object, rules);
  if (others === 0) return undefined;
  return `${others} ${others === 1 ? 'rule is' : 'rules are'} not about images and left to other engines`;
}

/** The reasons first: there may be more kinds than a message holds. */
function missing(unregistered: readonly UnregisteredKinds[]): string {
  return unregistered
    .map(({ kinds, reason }) => {
      const names = [...new Set(kinds.map(formatKind))].toSorted();
      return `${reason}, so it is not called for ${names.join(', ')}`;
    })
    .join('; ');
}

function notReady(reason: string, message: string): Condition {
  const isLong = message.length > MAX_MESSAGE_LENGTH;
  const shown = isLong ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
  return { type: 'Ready', status: 'False', reason, message: shown };
}

/** The order in which faults matter. Rules for other engines are counted, not complained about. */
const SEVERITIES: readonly Fault['severity'][] = ['error', 'unsupported', 'warning'];

function toldFaults(faults: readonly Fault[]): readonly Fault[] {
  return SEVERITIES.flatMap((severity) => faults.filter((fault) => fault.severity === severity));
}

function faultEntry({ severity, path, message }: Fault): JsonObject {
  return { severity, path, message };
}

/** When the condition became what it is, as Kubernetes means it: not when it was last looked at. */
function since(object: JsonObject, { type, status }: Condition, now: number): string {
  const conditions = member(member(object, 'status'), 'conditions');
  const before = (Array.isArray(conditions) ? (conditions as readonly JsonValue[]) : []).find(
    (one) => stringAt(one, 'type') === type && stringAt(one, 'status') === status,
  );
  return stringAt(before, 'lastTransitionTime') ?? `${new Date(now).toISOString().slice(0, 19)}Z`;
}

function modeOf({ rules }: Policy): string {
  const modes = new Set(
    rules.flatMap(({ action }) => [action.mode, ...action.overrides.map(({ mode }) => mode)]),
  );
  if (modes.size === 0) return 'None';
  if (modes.size > 1) return 'Mixed';
  return modes.has('enforce') ? 'Enforce' : 'Audit';
}

interface RuleCounts extends JsonObject {
  readonly others: number;
}

/** What is in force; undefined where nothing can be told of the rules. */
function countRules(object: JsonObject, rules: readonly Rule[] | undefined): RuleCounts {
  const list = member(member(object, 'spec'), 'rules');
  const names = (Array.isArray(list) ? (list as readonly JsonValue[]) : []).map((rule) =>
    stringAt(rule, 'name'),
  );
  const written = names.length;
  // The others were generated for workloads.
  const own = (rules ?? []).filter(({ name }) => names.includes(name));
  const count = (kind: Rule['kind']): number => own.filter((rule) => rule.kind === kind).length;
  const verifyImages = count('verify-images');
  const unsupported = count('unsupported');
  return {
    written,
    verifyImages,
    validate: own.length - verifyImages - unsupported,
    unsupported,
    others: rules === undefined ? 0 : Math.max(0, written - own.length),
  };
}

function matchedKinds(rules: readonly Rule[]): readonly string[] {
  const kinds = rules.flatMap(({ selection }) =>
    selection.match.filters.flatMap((filter) => filter.kinds.map(formatKind)),
  );
  return [...new Set(kinds)].toSorted();
}

/** `Pod`, `Deployment.apps`, `Pod/exec`; what an author left open is not shown. */
function formatKind({ group, kind, subresource }: KindPattern): string {
  const suffix = group === '' || group === '*' ? '' : `.${group}`;
  const below = subresource === '' || subresource === '*' ? '' : `/${subresource}`;
  return `${kind}${suffix}${below}`;
}
