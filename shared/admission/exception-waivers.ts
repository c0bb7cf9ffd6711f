import { exceptsRule, type PolicyException } from '../policy/exception.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { matchingExceptions } from './matching-exceptions.ts';
import type { Waiver } from './waiver.ts';

export interface ExceptionWaiversOptions {
  readonly exceptions: readonly PolicyException[];
  readonly signal?: AbortSignal | undefined;
}

/** The rules that exceptions take this request out of, in Kyverno's words. */
export async function exceptionWaivers(
  request: AdmissionRequest,
  rules: readonly ApplicableRule[],
  { exceptions, signal }: ExceptionWaiversOptions,
): Promise<readonly Waiver[]> {
  const concerning = exceptions.filter((exception) =>
    rules.some(({ policy, rule }) => exceptsRule(exception, policy, rule)),
  );
  if (concerning.length === 0) return [];
  const matching = await matchingExceptions(request, concerning, signal);
  return rules.flatMap((applicable) =>
    waiversOf(
      applicable,
      matching.filter((exception) => exceptsRule(exception, applicable.policy, applicable.rule)),
    ),
  );
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
