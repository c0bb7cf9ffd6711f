import type { JsonObject } from '../base/json-value.ts';
import type { RuleResult } from './rule-result.ts';

/** Who writes the reports. */
export const REPORT_SOURCE = 'sign-policy';

/** By this the reports of this project are found. */
export const REPORT_SELECTOR: string = `app.kubernetes.io/managed-by=${REPORT_SOURCE}`;

/** How a result came about, in Kyverno's words. */
export type ReportProcess = 'admission review' | 'background scan';

/** One entry of `results`, as both dialects have it. */
export interface ReportRow extends JsonObject {
  readonly source: string;
  /** `namespace/name` for namespaced policies. */
  readonly policy: string;
  readonly rule: string;
  readonly message: string;
  readonly result: RuleResult;
  readonly scored: boolean;
  /** Unlike protobuf's, both are numbers. */
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
  /** Image, digest, signer and others. */
  readonly properties: Readonly<Record<string, string>>;
  readonly category?: string;
  readonly severity?: string;
}
