import type { ContextSources } from '#shared/admission/context/context-sources.ts';
import { systemClock } from '#shared/base/clock.ts';
import { isJsonObject, stringAt } from '#shared/base/json-value.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';
import { describeFault } from '../file/describe-fault.ts';
import { type FileObject, loadObjects } from '../file/load-objects.ts';
import { readPolicyDocuments, refuseFaulty } from '../file/load-policies.ts';
import { type InputText, readInputs, readTextFile } from '../file/read-inputs.ts';
import { type Requester, readRequester } from '../file/read-user-info.ts';
import { replacedObjects } from '../file/replaced-objects.ts';
import { InputError } from '../input-error.ts';
import { placePolicy } from '../policy/place-policy.ts';
import type { Streams } from '../streams.ts';
import { type DeclaredPolicy, declaredPolicy } from './declared-policy.ts';
import { inFolder } from './in-folder.ts';
import { loadValues } from './load-values.ts';
import { PatchedObjects } from './patched-objects.ts';
import { suiteContext } from './suite-context.ts';
import type { Suite } from './suite.ts';
import type { SuiteValues } from './suite-values.ts';

/** A suite with everything it names: nothing is judged before all of it was read and found good. */
export interface LoadedSuite {
  readonly suite: Suite;
  readonly policies: readonly Policy[];
  readonly declared: readonly DeclaredPolicy[];
  readonly objects: readonly FileObject[];
  readonly values: SuiteValues;
  /** Who makes the requests; nobody where the suite does not say. */
  readonly requester: Requester | undefined;
  readonly exceptions: readonly PolicyException[];
  readonly context: ContextSources;
  readonly patched: PatchedObjects;
  readonly warnings: readonly string[];
}

/** Where policies and objects are that name no namespace. */
const NAMESPACE = 'default';

/** @throws {InputError} for a file that cannot be used, or a policy that is faulty. */
export async function loadSuite(suite: Suite, streams: Streams): Promise<LoadedSuite> {
  const read = (paths: readonly string[]): Promise<readonly InputText[]> =>
    readInputs(
      paths.map((path) => inFolder(suite, path)),
      { recursive: false, streams },
    );
  const { policies, declared, warnings } = readPolicies(await read(suite.policies));
  const excepted = readExceptions(await read(suite.exceptions));
  const resources = await read(suite.resources);
  const objects = resources.length === 0 ? [] : loadObjects(resources);
  const values = await loadValues(suite);
  if (policies.some(({ rules }) => rules.length > 0)) refuseSubresources(suite, values, objects);
  const { calls, globals } = suite;
  const files = new Map<string, readonly FileObject[]>();
  for (const path of globals.flatMap(({ resourceFiles }) => resourceFiles))
    files.set(path, loadObjects(await read([path])));
  return {
    suite,
    policies,
    declared,
    objects,
    exceptions: excepted.exceptions,
    context: suiteContext({ objects, calls, globals, files, clock: systemClock }),
    values,
    requester: await loadRequester(suite),
    patched: await PatchedObjects.load(suite, streams),
    warnings: [...warnings, ...excepted.warnings, ...replacedObjects(objects, NAMESPACE)],
  };
}

/** An object of such a kind would be judged as that kind, and not as the subresource that is meant. */
function refuseSubresources(
  { path }: Suite,
  { subresources }: SuiteValues,
  objects: readonly FileObject[],
): void {
  const meant = subresources.find((one) =>
    objects.some(
      ({ object }) =>
        stringAt(object, 'kind') === one.kind && stringAt(object, 'apiVersion') === one.apiVersion,
    ),
  );
  if (meant === undefined) return;
  throw new InputError(
    'DOCUMENT',
    `Cannot use the test suite "${path}": ${meant.path} of its values is not handled: an object is of kind ${meant.kind}`,
  );
}

/** Policies of other engines are kept by name, so that their tests can be told apart from misspelt ones. */
function readPolicies(
  inputs: readonly InputText[],
): Pick<LoadedSuite, 'policies' | 'declared' | 'warnings'> {
  const documents = readPolicyDocuments(inputs, NAMESPACE);
  refuseFaulty(
    documents.flatMap(({ document, read, refusals }) =>
      [...(read?.faults ?? []), ...refusals]
        .filter(({ severity }) => severity === 'error')
        .map((fault) => describeFault(document, fault)),
    ),
  );
  return {
    policies: documents.flatMap(({ read }) => (read?.policy === undefined ? [] : [read.policy])),
    declared: documents.flatMap(({ document: { value }, read }) =>
      read !== undefined && isJsonObject(value)
        ? [declaredPolicy(placePolicy(value, NAMESPACE))]
        : [],
    ),
    warnings: documents.flatMap(({ document, read }) =>
      (read?.faults ?? [])
        .filter(({ severity }) => severity === 'unsupported')
        .map((fault) => describeFault(document, fault)),
    ),
  };
}

/** An exception that is about nothing of ours exempts nothing, and is told. */
function readExceptions(
  inputs: readonly InputText[],
): Pick<LoadedSuite, 'exceptions' | 'warnings'> {
  const read = readPolicyDocuments(inputs, NAMESPACE).map(({ document, excepted }) => ({
    exception: excepted?.exception,
    faults: (excepted?.faults ?? []).map((fault) => ({
      isError: fault.severity === 'error',
      line: describeFault(document, fault),
    })),
  }));
  const faults = read.flatMap((one) => one.faults);
  refuseFaulty(faults.filter(({ isError }) => isError).map(({ line }) => line));
  return {
    exceptions: read.flatMap(({ exception }) => exception ?? []),
    warnings: faults.map(({ line }) => line),
  };
}

async function loadRequester(suite: Suite): Promise<Requester | undefined> {
  if (suite.userInfo === undefined) return undefined;
  const origin = inFolder(suite, suite.userInfo);
  return readRequester({ origin, text: await readTextFile(origin) });
}
