import type { JsonObject } from '../base/json-value.ts';
import type { RequestedResource } from '../policy/model.ts';

/** What every door brings to {@link admit}: one object, and what is being done to it. */
export interface AdmissionRequest extends RequestedResource {
  /** Undefined only for DELETE and CONNECT. */
  readonly object: JsonObject | undefined;
  readonly oldObject: JsonObject | undefined;
  readonly dryRun: boolean;
}
