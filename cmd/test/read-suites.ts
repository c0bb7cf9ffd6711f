import { dirname } from 'node:path';
import type { Fault } from '#shared/base/fault.ts';
import { type JsonObject, isJsonObject } from '#shared/base/json-value.ts';
import { type SourceDocument, parseDocuments } from '#shared/document/parse-documents.ts';
import { Fields, oneOf, quote } from '#shared/policy/fields.ts';
import { describeFault } from '../file/describe-fault.ts';
import type { InputText } from '../file/read-inputs.ts';
import { InputError } from '../input-error.ts';
import { plural } from '../print/plural.ts';
import { readCannedCalls, readCannedGlobals } from './canned-context.ts';
import { readExpectation } from './read-expectation.ts';
import type { Suite } from './suite.ts';

/** The second is that of older suites, which Kyverno still takes. */
const API_VERSIONS: readonly string[] = ['cli.kyverno.io/v1alpha1', 'kyverno.io/v1'];

/** Fields of a suite that only policies of other engines read; `context` is for those in CEL. */
const LEFT_OUT = [
  'context',
  'targetResources',
  'paramResources',
  'clusterResources',
  'jsonPayload',
  'jsonPayloads',
  'httpPayloads',
  'envoyPayloads',
] as const;

/**
 * The suites of a file; all their faults are told at once.
 * @throws {InputError} if one cannot be used as it is written.
 */
export function readSuites({ text, origin }: InputText): readonly Suite[] {
  const errors: string[] = [];
  const suites = parseDocuments(text, origin).flatMap((document) => {
    const faults: Fault[] = [];
    const suite = isJsonObject(document.value)
      ? readSuite(document.value, document, faults)
      : notASuite(faults);
    errors.push(...faults.map((fault) => describeFault(document, fault)));
    return suite === undefined ? [] : [suite];
  });
  if (errors.length === 0) return suites;
  const list = errors.map((error) => `  ${error}`).join('\n');
  throw new InputError(
    'DOCUMENT',
    `Cannot use the test suite "${origin}": ${plural(errors.length, 'fault')}\n${list}`,
  );
}

function notASuite(faults: Fault[]): undefined {
  faults.push({ severity: 'error', path: '', message: 'found no mapping, expected a test suite' });
}

function readSuite(
  value: JsonObject,
  document: SourceDocument,
  faults: Fault[],
): Suite | undefined {
  const root = new Fields(value, '', faults);
  if (!isOfKind(root)) return undefined;
  const metadata = root.object('metadata');
  const suite = {
    name: metadata?.string('name') ?? 'unnamed',
    path: document.origin,
    folder: dirname(document.origin),
    document,
    policies: unique(root.strings('policies')),
    resources: unique(root.strings('resources')),
    exceptions: root.strings('exceptions'),
    userInfo: root.string('userinfo'),
    variables: root.string('variables'),
    values: jsonObject(root, 'values'),
    calls: readCannedCalls(root),
    globals: readCannedGlobals(root),
    expectations: root.objects('results').map(readExpectation),
    leftOut: LEFT_OUT.filter((field) => root.has(field)),
  };
  root.end();
  if (suite.variables !== undefined && suite.values !== undefined)
    root.fault('error', 'found a file and "values" too, expected one of them', 'variables');
  return suite;
}

function isOfKind(root: Fields): boolean {
  const apiVersion = root.string('apiVersion') ?? '';
  const kind = root.string('kind') ?? '';
  if (!API_VERSIONS.includes(apiVersion))
    root.fault(
      'error',
      `found ${quote(apiVersion)}, expected ${oneOf(API_VERSIONS)}`,
      'apiVersion',
    );
  if (kind !== 'Test')
    root.fault('error', `found ${quote(kind)}, expected ${oneOf(['Test'])}`, 'kind');
  return API_VERSIONS.includes(apiVersion) && kind === 'Test';
}

function jsonObject(root: Fields, key: string): JsonObject | undefined {
  const value = root.json(key);
  if (value === undefined || isJsonObject(value)) return value;
  root.fault('error', 'expected a mapping', key);
  return undefined;
}

/** Kyverno reads a file that is named twice once. */
function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
