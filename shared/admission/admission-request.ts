import type { JsonObject } from '../base/json-value.ts';
import type { RequestedResource } from '../policy/model.ts';
import type { RequestFacts } from './request-facts.ts';

/** What every door brings to {@link admit}: one object, and what is being done to it. */
export interface AdmissionRequest extends RequestedResource {
  /** Undefined only for DELETE and CONNECT. */
  readonly object: JsonObject | undefined;
  readonly oldObject: JsonObject | undefined;
  readonly dryRun: boolean;
  /** Who asks; undefined where nobody does: an object of a file, say. */
  readonly userInfo?: UserInfo | undefined;
  /** The request as the API server sent it, for expressions that ask for more of it. */
  readonly review?: JsonObject | undefined;
  /** Undefined where there is nobody to ask; what hangs on them is then not known. */
  readonly facts?: RequestFacts | undefined;
}

/** `UserInfo` of `authentication.k8s.io/v1`. */
export interface UserInfo {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}
