import type { JsonValue } from '#shared/base/json-value.ts';
import { isJsonObject, stringAt } from '#shared/base/json-value.ts';
import type { Fault } from '#shared/base/fault.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';
import { isForeignException, readException } from '#shared/policy/read-exception.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';

/** A policy document after reading. */
export type ReadDocument =
  | { readonly kind: 'policy'; readonly policy: Policy; readonly faults: readonly Fault[] }
  | { readonly kind: 'exception'; readonly exception: PolicyException; readonly title: string }
  /** A policy or an exception that cannot be honoured as written. */
  | { readonly kind: 'broken'; readonly title: string; readonly faults: readonly Fault[] }
  /** A policy or an exception for other engines. */
  | { readonly kind: 'foreign'; readonly title: string }
  /** Something else, `ConfigMap "a/b"`. */
  | { readonly kind: 'other'; readonly title: string };

/** Reads one document. */
export function readDocument(document: JsonValue): ReadDocument {
  if (!isJsonObject(document)) return { kind: 'other', title: 'a document that is no object' };
  const title = titleOf(document);
  const excepted = readException(document);
  if (excepted !== undefined) {
    if (isForeignException(excepted)) return { kind: 'foreign', title };
    const { exception, faults } = excepted;
    return exception === undefined
      ? { kind: 'broken', title, faults }
      : { kind: 'exception', exception, title };
  }
  const read = readPolicy(document);
  if (read === undefined) return { kind: 'other', title };
  const { policy, faults } = read;
  if (policy !== undefined) return { kind: 'policy', policy, faults };
  const errors = faults.filter(
    ({ severity }) => severity === 'error' || severity === 'unsupported',
  );
  if (faults.every(({ severity }) => severity === 'foreign')) return { kind: 'foreign', title };
  return { kind: 'broken', title, faults: errors.length > 0 ? errors : faults };
}

/** `ClusterPolicy "name"`, `Policy "namespace/name"`. */
function titleOf(document: JsonValue): string {
  const namespace = stringAt(document, 'metadata', 'namespace');
  const name = stringAt(document, 'metadata', 'name') ?? '';
  const kind = stringAt(document, 'kind') ?? 'a document without kind';
  return `${kind} "${namespace === undefined ? '' : `${namespace}/`}${name}"`;
}
