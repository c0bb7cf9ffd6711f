import { messageOf } from '../base/coded-error.ts';
import type { Clock } from '../base/clock.ts';
import { member, stringAt } from '../base/json-value.ts';
import type { Policy } from '../policy/model.ts';
import { policyKey } from '../policy/policy-key.ts';
import type { AdmissionRequest, UserInfo } from './admission-request.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import type { Waiver } from './waiver.ts';

/** Names of the policies that a Pod asks to be spared, separated by commas. */
const SKIP_ANNOTATION = 'policies.kyverno.io/skip';
const REASON_ANNOTATION = 'sign-policy.dev/skip-reason';
const UNTIL_ANNOTATION = 'sign-policy.dev/skip-until';

/** An emergency is over after a day, or it is none: then an exception is the right thing. Milliseconds. */
const MAX_DURATION = 24 * 60 * 60 * 1000;

/** What a log line and a warning can hold. Characters. */
const MAX_REASON = 200;

/** Says who may bypass a policy: the right to the verb `bypass` on the policy object itself. */
export interface BypassAuthorizer {
  /** @throws where it cannot be found out. */
  mayBypass(
    user: UserInfo,
    policy: Pick<Policy, 'apiVersion' | 'kind' | 'namespace' | 'name'>,
    signal: AbortSignal | undefined,
  ): Promise<boolean>;
}

export interface BypassOptions {
  readonly authorizer: BypassAuthorizer | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** What came of the annotation. */
export interface Bypass {
  readonly waivers: readonly Waiver[];
  /** For the client: what is bypassed, and why what was asked for is not. */
  readonly warnings: readonly string[];
}

/** Whether the object asks for a bypass at all; cheap, for every request. */
export function asksForBypass({ object }: AdmissionRequest): boolean {
  return annotationOf(object, SKIP_ANNOTATION) !== undefined;
}

/**
 * The emergency exit: an annotation that anybody can write counts only where the policy's author allows it,
 * the requester may do it, and the Pod says why and until when (MUST-NOT-HAPPEN 7). Whatever is missing,
 * the rules are asked as always, and the requester is told.
 */
export async function bypass(
  request: AdmissionRequest,
  rules: readonly ApplicableRule[],
  options: BypassOptions,
): Promise<Bypass> {
  const names = (annotationOf(request.object, SKIP_ANNOTATION) ?? '')
    .split(',')
    .map((name) => name.trim());
  const named = Map.groupBy(
    rules.filter(({ policy }) => names.includes(policyKey(policy))),
    ({ policy }) => policy,
  );
  const results = await Promise.all(
    [...named].map(([policy, ofPolicy]) =>
      bypassPolicy(request, { policy, rules: ofPolicy }, options),
    ),
  );
  return {
    waivers: results.flatMap(({ waivers }) => waivers),
    warnings: results.flatMap(({ warnings }) => warnings),
  };
}

async function bypassPolicy(
  request: AdmissionRequest,
  { policy, rules }: { readonly policy: Policy; readonly rules: readonly ApplicableRule[] },
  options: BypassOptions,
): Promise<Bypass> {
  const reason = annotationOf(request.object, REASON_ANNOTATION)?.trim() ?? '';
  const until = annotationOf(request.object, UNTIL_ANNOTATION) ?? '';
  const refusal =
    refusalOfPolicy(policy) ??
    refusalOfObject(request, { reason, until, now: options.clock.now() }) ??
    (await refusalOfRequester(request, policy, options));
  const title = `policy ${policyKey(policy)}`;
  if (refusal !== undefined)
    return {
      waivers: [],
      warnings: [`annotation ${SKIP_ANNOTATION} does not bypass ${title}: ${refusal}`],
    };
  const what = `by ${request.userInfo?.username ?? ''} until ${until}: ${reason}`;
  const message = `rule is skipped by annotation ${SKIP_ANNOTATION} ${what}`;
  return {
    waivers: rules.map((applicable) => ({ applicable, by: 'bypass', message, images: undefined })),
    warnings: [`${title} is bypassed ${what}`],
  };
}

/** First, since no better annotation changes it. */
function refusalOfPolicy({ allowsBypass }: Policy): string | undefined {
  return allowsBypass === true ? undefined : 'the policy does not allow it';
}

interface Asked {
  readonly reason: string;
  readonly until: string;
  readonly now: number;
}

/** RFC 3339 with a time zone: whoever reads it later must know when it was. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Why the object cannot ask for a bypass, or undefined. */
function refusalOfObject(
  request: AdmissionRequest,
  { reason, until, now }: Asked,
): string | undefined {
  // A controller writes the Pods of a workload, and nobody can tell whose wish they are.
  if (request.kind !== 'Pod')
    return `it counts on Pods only, not on a ${request.kind}; write a PolicyException`;
  if (reason === '' || reason.length > MAX_REASON)
    return `annotation ${REASON_ANNOTATION} must say why, in at most ${MAX_REASON} characters`;
  const end = TIMESTAMP.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(end))
    return `annotation ${UNTIL_ANNOTATION} must say until when, as in 2026-01-31T18:00:00Z`;
  if (end <= now) return `annotation ${UNTIL_ANNOTATION} is in the past`;
  return end - now > MAX_DURATION
    ? `annotation ${UNTIL_ANNOTATION} is more than 24 hours ahead`
    : undefined;
}

async function refusalOfRequester(
  { userInfo }: AdmissionRequest,
  policy: Policy,
  { authorizer, signal }: BypassOptions,
): Promise<string | undefined> {
  if (userInfo === undefined || authorizer === undefined) return 'nobody knows who asks';
  try {
    const isAllowed = await authorizer.mayBypass(userInfo, policy, signal);
    return isAllowed ? undefined : `${userInfo.username} may not "bypass" it`;
  } catch (error) {
    return `whether ${userInfo.username} may is not known: ${messageOf(error)}`;
  }
}

function annotationOf(object: AdmissionRequest['object'], name: string): string | undefined {
  return stringAt(member(object, 'metadata'), 'annotations', name);
}
