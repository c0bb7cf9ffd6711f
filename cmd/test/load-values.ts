import type { Fault } from '#shared/base/fault.ts';
import { isJsonObject, type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { type SourceDocument, parseDocuments } from '#shared/document/parse-documents.ts';
import { Fields } from '#shared/policy/fields.ts';
import { describeFault } from '../file/describe-fault.ts';
import { readTextFile } from '../file/read-inputs.ts';
import { InputError } from '../input-error.ts';
import { inFolder } from './in-folder.ts';
import type { Suite } from './suite.ts';
import { readValues, type SuiteValues } from './suite-values.ts';

/**
 * The values of a suite, from itself or from the file that it names.
 * @throws {InputError} with every field that cannot be honoured.
 */
export async function loadValues(suite: Suite): Promise<SuiteValues> {
  const { variables, values = {}, document } = suite;
  if (variables === undefined)
    return withoutFaults(document, (faults) => readValues(new Fields(values, 'values', faults)));
  const path = inFolder(suite, variables);
  const [file, ...more] = parseDocuments(await readTextFile(path), path);
  if (file === undefined || more.length > 0 || !isValues(file))
    throw fault(path, 'expected one document of kind Values');
  const root = isJsonObject(file.value) ? file.value : {};
  return withoutFaults(file, (faults) => readValues(fileFields(root, faults)));
}

function withoutFaults(
  document: SourceDocument,
  read: (faults: Fault[]) => SuiteValues,
): SuiteValues {
  const faults: Fault[] = [];
  const values = read(faults);
  if (faults.length === 0) return values;
  const lines = faults.map((one) => `\n  ${describeFault(document, one)}`);
  throw fault(document.origin, `they are faulty${lines.join('')}`);
}

/** A file has a head beside what may stand in a suite. */
function fileFields(root: JsonObject, faults: Fault[]): Fields {
  const fields = new Fields(root, '', faults);
  for (const key of ['apiVersion', 'kind']) fields.string(key);
  fields.object('metadata');
  return fields;
}

/** Kyverno's own suites write both. */
function isValues({ value }: SourceDocument): boolean {
  return ['Values', 'Value'].includes(stringAt(value, 'kind') ?? 'Values');
}

function fault(path: string, why: string): InputError {
  return new InputError('DOCUMENT', `Cannot use the values in "${path}": ${why}`);
}
