import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Admit } from '#shared/admission/admit.ts';
import { creationOf } from '#shared/admission/creation-of.ts';
import type { RequestFacts } from '#shared/admission/request-facts.ts';
import type { Clock } from '#shared/base/clock.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { ReportRow } from '#shared/report/report-row.ts';
import { reportRows } from '#shared/report/report-rows.ts';
import type { PolicySet } from '../policy/policy-set.ts';

/** Nobody waits, but a registry that answers nothing must not hold up all the others. Milliseconds. */
const TIMEOUT = 30_000;

export interface JudgeStoredOptions {
  readonly admit: Admit;
  readonly facts?: ((request: AdmissionRequest) => RequestFacts) | undefined;
  readonly clock: Clock;
}

/** Judges an object that is there already; rejects when the signal aborts. */
export type JudgeStored = (
  object: JsonObject,
  set: PolicySet,
  signal: AbortSignal,
) => Promise<readonly ReportRow[]>;

/**
 * Judges a stored object as if it was created now, by nobody in particular, and would be pinned (Kyverno's background
 * scan). What policies with `background: false` would say stays open.
 */
export function createJudgeStored({ admit, facts, clock }: JudgeStoredOptions): JudgeStored {
  return async (object, { inBackground, exceptions }, signal) => {
    const request = creationOf(object, '');
    const decision = await admit(
      { ...request, facts: facts?.(request) },
      {
        policies: inBackground,
        exceptions,
        stage: 'mutate',
        pin: 'pods',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
      },
    );
    // What was cut short says nothing about the object.
    signal.throwIfAborted();
    return reportRows(decision, {
      policies: inBackground,
      process: 'background scan',
      now: clock.now(),
    });
  };
}
