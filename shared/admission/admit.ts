import type { PolicyException } from '../policy/exception.ts';
import type { Policy } from '../policy/model.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Decision } from './decision.ts';

/** How a door wants the object judged. */
export interface AdmitOptions {
  readonly policies: readonly Policy[];
  readonly exceptions?: readonly PolicyException[] | undefined;
  /**
   * `mutate`: images may still be pinned by the patch, and the object is judged as patched.
   * `validate`: nothing can be changed any more; a Pod is judged as it stands.
   */
  readonly stage: 'mutate' | 'validate';
  /** Which objects the patch may pin. */
  readonly pin: 'pods' | 'workloads';
  readonly signal?: AbortSignal | undefined;
}

/** The one room behind all doors. */
export type Admit = (request: AdmissionRequest, options: AdmitOptions) => Promise<Decision>;
