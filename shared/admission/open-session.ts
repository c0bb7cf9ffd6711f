import type { Clock } from '../base/clock.ts';
import type { Rule } from '../policy/model.ts';
import type { UserRoles } from '../policy/user-match.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import type { ContextSources } from './context/context-sources.ts';
import { learnFact } from './decide-with-facts.ts';
import type { ExaminedObject } from './examined-object.ts';
import { hostsFor } from './context/request-hosts.ts';
import { budgetFor } from './request-budget.ts';
import { imagesSeenBy } from './rule-images.ts';
import { RuleSession } from './rule-session.ts';

export interface OpenSessionOptions {
  readonly request: AdmissionRequest;
  readonly examined: ExaminedObject;
  readonly sources: ContextSources;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/** Opens what a rule evaluates its expressions with. */
export async function openSession(
  applicable: ApplicableRule,
  { request, examined: { object, kind }, sources, clock, signal }: OpenSessionOptions,
): Promise<RuleSession> {
  return new RuleSession(applicable, {
    request: { ...request, object },
    kind,
    images: imagesSeenBy(applicable.rule, object, request),
    roles: namesRoles(applicable.rule) ? await rolesOf(request, signal) : undefined,
    sources,
    evaluation: { budget: budgetFor(request), clock, hosts: hostsFor(request, sources, signal) },
    signal,
  });
}

/** Roles have to be looked for; hardly any rule names them. */
function namesRoles(rule: Rule): boolean {
  const known = naming.get(rule) ?? /request\.(?:clusterR|r)oles/.test(JSON.stringify(rule));
  naming.set(rule, known);
  return known;
}

const naming = new WeakMap<Rule, boolean>();

/** Undefined where they cannot be found out: an expression that names them then has no value. */
async function rolesOf(
  request: AdmissionRequest,
  signal: AbortSignal | undefined,
): Promise<UserRoles | undefined> {
  const learned = await learnFact(request, 'roles', signal);
  return 'reason' in learned ? undefined : learned.roles;
}
