import {
  type JsonObject,
  type JsonValue,
  isJsonObject,
  member,
  stringAt,
} from '#shared/base/json-value.ts';
import { InputError } from '../input-error.ts';
import type { Operation } from '#shared/policy/model.ts';
import { TESTED_OPERATIONS } from './suite.ts';

/** What a suite says of the world around its objects. */
export interface SuiteValues {
  /** The operation of tests that name none. */
  readonly operation: Operation;
  /** The values as they are written; those of variables are in `policies`. */
  readonly written: JsonObject | undefined;
  /** Namespaces with the labels that are given for them. */
  readonly namespaces: readonly JsonObject[];
}

const OPERATIONS: readonly Operation[] = [...TESTED_OPERATIONS, 'CONNECT'];

/**
 * Reads Kyverno's `values`: `globalValues`, `namespaceSelector` and `namespaces`; the rest are values of
 * variables, which rules that use any ask for by name.
 * @param origin file and field, for messages.
 * @throws {InputError}
 */
export function readValues(values: JsonObject | undefined, origin: string): SuiteValues {
  const written = stringAt(values, 'globalValues', 'request.operation') ?? 'CREATE';
  const operation = OPERATIONS.find((known) => known === written);
  if (operation === undefined)
    throw fault(origin, `"request.operation" is "${written}", expected ${OPERATIONS.join(', ')}`);
  const selectors = listAt(values, 'namespaceSelector', origin).map(
    (entry) => [stringAt(entry, 'name'), member(entry, 'labels')] as const,
  );
  const namespaces = listAt(values, 'namespaces', origin).map(
    (entry) =>
      [stringAt(entry, 'metadata', 'name'), member(member(entry, 'metadata'), 'labels')] as const,
  );
  return {
    operation,
    written: values,
    namespaces: [...namespaces, ...selectors].map(([name, labels = {}]) => {
      if (name !== undefined && isLabels(labels))
        return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
      throw fault(origin, 'found a namespace without a name or with labels that are no strings');
    }),
  };
}

function listAt(
  values: JsonObject | undefined,
  key: string,
  origin: string,
): readonly JsonObject[] {
  const list: unknown = member(values, key) ?? [];
  if (Array.isArray(list) && list.every(isJsonObject)) return list;
  throw fault(origin, `"${key}" is no list of mappings`);
}

function isLabels(value: JsonValue): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((label) => typeof label === 'string');
}

function fault(origin: string, why: string): InputError {
  return new InputError('DOCUMENT', `Cannot use the values in ${origin}: ${why}`);
}
