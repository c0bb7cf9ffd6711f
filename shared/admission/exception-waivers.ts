import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/coded-error.ts';
import { exceptsRule, type PolicyException } from '../policy/exception.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import type { ContextSources } from './context/context-sources.ts';
import type { ExaminedObject } from './examined-object.ts';
import { matchingExceptions } from './matching-exceptions.ts';
import { openSession } from './open-session.ts';
import type { Waiver } from './waiver.ts';

export interface ExceptionWaiversOptions {
  readonly exceptions: readonly PolicyException[];
  /** Undefined where the object cannot be read: conditions are then not met. */
  readonly examined: ExaminedObject | undefined;
  readonly sources: ContextSources;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export interface ExceptionWaivers {
  readonly waivers: readonly Waiver[];
  /** Exceptions of which it could not be found out whether they apply; they do not. */
  readonly warnings: readonly string[];
}

/** The rules that exceptions take this request out of, in Kyverno's words. */
export async function exceptionWaivers(
  request: AdmissionRequest,
  rules: readonly ApplicableRule[],
  options: ExceptionWaiversOptions,
): Promise<ExceptionWaivers> {
  const concerning = options.exceptions.filter((exception) =>
    rules.some(({ policy, rule }) => exceptsRule(exception, policy, rule)),
  );
  const [first] = rules;
  if (concerning.length === 0 || first === undefined) return { waivers: [], warnings: [] };
  const matching = await matchingExceptions(request, concerning, options.signal);
  const warnings: string[] = [];
  const met: PolicyException[] = [];
  for (const exception of matching) {
    const problem = await problemOf(exception, { ...options, request, carrier: first });
    if (problem === undefined) met.push(exception);
    else if (problem !== NOT_MET) warnings.push(problem);
  }
  const waivers = rules.flatMap((applicable) =>
    waiversOf(
      applicable,
      met.filter((exception) => exceptsRule(exception, applicable.policy, applicable.rule)),
    ),
  );
  return { waivers, warnings };
}

/** Nothing that anybody has to be told. */
const NOT_MET = '';

interface Asked extends ExceptionWaiversOptions {
  readonly request: AdmissionRequest;
  /** A rule to evaluate with; of it only the policy counts. */
  readonly carrier: ApplicableRule;
}

/** Why the conditions of an exception do not let it apply; undefined where they do. */
async function problemOf(
  { namespace, name, conditions }: PolicyException,
  { request, carrier, examined, sources, clock, signal }: Asked,
): Promise<string | undefined> {
  if (conditions === undefined) return undefined;
  if (examined === undefined) return NOT_MET;
  // Conditions see the request as it is, and nothing that a rule declares for itself.
  const rule = { ...carrier.rule, view: 'object' as const, context: [], preconditions: conditions };
  try {
    const options = { request, examined, sources, clock, signal };
    const session = await openSession({ ...carrier, rule }, options);
    const { holds } = await session.judge(conditions);
    return holds ? undefined : NOT_MET;
  } catch (error) {
    return `PolicyException ${namespace}/${name} is not applied: ${messageOf(error)}`;
  }
}

/** One waiver for the whole object says more than any for some images. */
function waiversOf(
  applicable: ApplicableRule,
  exceptions: readonly PolicyException[],
): readonly Waiver[] {
  const by = 'exception' as const;
  const whole = exceptions.filter(({ images }) => images === undefined);
  if (whole.length > 0) return [{ applicable, by, message: messageFor(whole), images: undefined }];
  return exceptions.map((exception) => ({
    applicable,
    by,
    message: messageFor([exception]),
    images: exception.images,
  }));
}

function messageFor(exceptions: readonly PolicyException[]): string {
  const names = exceptions.map(({ namespace, name }) => `${namespace}/${name}`);
  return `rule is skipped due to policy exceptions: ${names.join(', ')}`;
}
