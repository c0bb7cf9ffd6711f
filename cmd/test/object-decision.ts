import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { Operation } from '#shared/policy/model.ts';

/** What is done to one object of a suite. */
export interface TestedObject {
  /** The same for the same object in the same form. */
  readonly key: string;
  readonly operation: Operation;
  readonly request: AdmissionRequest;
}

/** What admission makes of it under all policies of the suite, as in a cluster. */
export interface ObjectDecision extends TestedObject {
  readonly decision: Decision;
}
