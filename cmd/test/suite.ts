import type { JsonObject } from '#shared/base/json-value.ts';
import type { SourceDocument } from '#shared/document/parse-documents.ts';
import type { RuleResult } from '#shared/report/rule-result.ts';
import type { CannedCall, CannedGlobal } from './canned-context.ts';

/** A test suite as it is written, Kyverno's `kyverno-test.yaml` (`cli.kyverno.io/v1alpha1`, kind Test, 1.19). */
export interface Suite {
  readonly name: string;
  /** The file, and the folder that its paths start from. */
  readonly path: string;
  readonly folder: string;
  readonly document: SourceDocument;
  readonly policies: readonly string[];
  readonly resources: readonly string[];
  readonly exceptions: readonly string[];
  readonly userInfo: string | undefined;
  /** File with values; they may be inside the suite instead. */
  readonly variables: string | undefined;
  readonly values: JsonObject | undefined;
  readonly calls: readonly CannedCall[];
  readonly globals: readonly CannedGlobal[];
  readonly expectations: readonly Expectation[];
  /** Fields that feed rules of other engines. */
  readonly leftOut: readonly string[];
}

export const TESTED_OPERATIONS = ['CREATE', 'UPDATE', 'DELETE'] as const;

export type TestedOperation = (typeof TESTED_OPERATIONS)[number];

/** One entry of `results`. */
export interface Expectation {
  /** `results[0]` */
  readonly path: string;
  /** `name` or `namespace/name`. */
  readonly policy: string;
  /** Undefined for every rule of the policy. */
  readonly rule: string | undefined;
  readonly kind: string | undefined;
  /** `name` or `namespace/name`; without these and without specs, every object is meant. */
  readonly resources: readonly string[];
  readonly resourceSpecs: readonly ResourceSpec[];
  readonly result: RuleResult;
  readonly operation: TestedOperation | undefined;
  /** File with the objects as they are after the patch. */
  readonly patchedResources: string | undefined;
  readonly failOnMissingResources: boolean;
  /** Set where the entry is about a policy of another engine: which. */
  readonly foreign: string | undefined;
}

export interface ResourceSpec {
  readonly group: string;
  readonly version: string | undefined;
  readonly kind: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}
