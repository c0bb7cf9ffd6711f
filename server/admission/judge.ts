import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Admit } from '#shared/admission/admit.ts';
import { ADMITTED } from '#shared/admission/admitted.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { RequestFacts } from '#shared/admission/request-facts.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { Stage } from './answer.ts';
import type { TimeBudget } from './deadline.ts';

/** What judging needs; composed once. */
export interface JudgeOptions {
  readonly admit: Admit;
  /** Undefined until every source of policies has been read. */
  readonly policies: () => PolicySet | undefined;
  readonly pin: 'pods' | 'workloads';
  readonly exemptNamespaces: ReadonlySet<string>;
  /** What the cluster knows about requests; undefined without a cluster. */
  readonly facts?: ((request: AdmissionRequest) => RequestFacts) | undefined;
  /** Something broke that should not have; for the log. */
  readonly onError: (error: unknown) => void;
}

export interface JudgeCall {
  readonly stage: Stage;
  readonly budget: TimeBudget;
  /** Calls `listener` if the caller goes away before it got its answer. */
  readonly onGone: (listener: () => void) => void;
}

export type Judge = (request: AdmissionRequest, call: JudgeCall) => Promise<Decision>;

/** Soon enough to be unnoticed by people, late enough for a restart to finish. */
const RETRY_SECONDS = 2;

/** Answers one request in time, whatever happens inside (MUST-NOT-HAPPEN 6, 17, 18). */
export function createJudge(options: JudgeOptions): Judge {
  return async function judge(request, call) {
    if (isOutOfScope(request, options.exemptNamespaces)) return ADMITTED;
    const policies = options.policies();
    if (policies === undefined) {
      return unknown(
        'Cannot judge the object: the policies have not been read yet, try again in a moment',
      );
    }
    try {
      return await inTime(call, (signal) =>
        options.admit(
          { ...request, facts: options.facts?.(request) },
          {
            policies: policies.atAdmission,
            exceptions: policies.exceptions,
            stage: call.stage,
            pin: options.pin,
            signal,
          },
        ),
      );
    } catch (error) {
      return undecided(error, policies, options.onError);
    }
  };
}

/** There is no object to judge in a DELETE, and none that holds images in a CONNECT. */
function isOutOfScope(request: AdmissionRequest, exempt: ReadonlySet<string>): boolean {
  if (request.operation === 'DELETE' || request.operation === 'CONNECT') return true;
  return exempt.size > 0 && exempt.has(request.namespace);
}

class OutOfTime extends Error {}

/** Asks `work` to stop at the first mark and gives up waiting for it at the second. */
async function inTime<Value>(
  { budget, onGone }: JudgeCall,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  onGone(() => controller.abort());
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      const giveUp = (): void => reject(new OutOfTime('the time for the answer is over'));
      timer = setTimeout(giveUp, budget.answer - budget.stop);
    }, budget.stop);
  });
  try {
    return await Promise.race([work(controller.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function undecided(
  error: unknown,
  policies: PolicySet,
  onError: (error: unknown) => void,
): Decision {
  const late = error instanceof OutOfTime;
  if (!late) onError(error);
  const message = late
    ? 'Cannot judge the object: verification did not end in time, try again'
    : `Cannot judge the object: ${messageOf(error)}`;
  if (policies.enforcing) return unknown(message);
  return { ...ADMITTED, warnings: [`${message} (admitted, as all policies only audit)`] };
}

function unknown(message: string): Decision {
  return {
    ...ADMITTED,
    allowed: false,
    outcome: 'unknown',
    retryAfterSeconds: RETRY_SECONDS,
    message,
  };
}
