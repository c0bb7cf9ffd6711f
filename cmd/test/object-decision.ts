import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { TestedOperation } from './suite.ts';

/** What admission makes of one object under all policies of the suite, as in a cluster. */
export interface ObjectDecision {
  readonly operation: TestedOperation;
  readonly request: AdmissionRequest;
  readonly decision: Decision;
}
