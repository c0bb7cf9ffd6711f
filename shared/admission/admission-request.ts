import type { JsonObject } from '../base/json-value.ts';
import type { Operation } from '../policy/model.ts';

/** What every door brings to {@link admit}: one object, and what is being done to it. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for the object itself; `ephemeralcontainers` for that subresource of a Pod. */
  readonly subresource: string;
  /** From the request, not from the object: Pods made by controllers carry none. Empty for cluster scope. */
  readonly namespace: string;
  readonly name: string;
  /** Undefined only for DELETE and CONNECT. */
  readonly object: JsonObject | undefined;
  readonly oldObject: JsonObject | undefined;
  readonly dryRun: boolean;
}
