import { isJsonObject, type JsonValue, member, stringAt } from '../../base/json-value.ts';
import type { ApiCall, ParameterEntry } from '../../policy/context-entry.ts';
import { formatLabelSelector } from '../../policy/format-label-selector.ts';
import { ask } from './ask.ts';
import { ContextError } from './context-error.ts';
import type { EntryTools } from './load-entry.ts';
import { checkCallPlace } from './namespaced-place.ts';

/** More than anybody has; each has all expressions evaluated. */
const MAX_PARAMETERS = 100;

/**
 * The objects that are parameters of a rule (Kyverno 1.19). Those of a namespaced policy are in its namespace, and
 * no Secrets.
 * @throws {ContextError}
 */
export async function loadParameters(
  entry: ParameterEntry,
  tools: EntryTools,
): Promise<readonly JsonValue[]> {
  const { apiVersion, paramKind, chosen, isRequired } = entry;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { name, isNamespaced } = await findResource(root, paramKind, tools);
  const namespace = await namespaceOf(entry, isNamespaced, tools);
  const collection = `${root}${isNamespaced ? `/namespaces/${namespace}` : ''}/${name}`;
  if (chosen.by === 'name') {
    return [await get(`${collection}/${encodeURIComponent(chosen.name)}`, tools)];
  }
  const query = `labelSelector=${encodeURIComponent(formatLabelSelector(chosen.selector))}`;
  const list = await get(`${collection}?limit=${MAX_PARAMETERS + 1}&${query}`, tools);
  const items = member(list, 'items');
  const found = Array.isArray(items) ? (items as readonly JsonValue[]) : [];
  if (found.length > MAX_PARAMETERS)
    throw new ContextError(
      'TOO_LARGE',
      `error in parameterized resource: found more than ${MAX_PARAMETERS} objects of kind ${paramKind}`,
    );
  if (found.length === 0 && isRequired)
    throw new ContextError('NO_VALUE', 'error in parameterized resource: no params found');
  // Items of a list do not say what they are.
  return found.map((item) =>
    isJsonObject(item) ? { apiVersion, kind: paramKind, ...item } : item,
  );
}

async function get(urlPath: string, tools: EntryTools): Promise<JsonValue> {
  const call = apiCall(urlPath);
  checkCallPlace(call, tools.policyNamespace);
  return ask('error in parameterized resource', tools, async () =>
    tools.sources.apiCall(call, tools.signal),
  );
}

function apiCall(urlPath: string): ApiCall {
  return { method: 'GET', data: [], target: { kind: 'api-server', urlPath } };
}

interface FoundResource {
  readonly name: string;
  readonly isNamespaced: boolean;
}

/** What the API server calls the kind; that much it tells everybody. */
async function findResource(
  root: string,
  kind: string,
  { sources, signal }: EntryTools,
): Promise<FoundResource> {
  const answer = await ask('error in parameterized resource', { signal }, async () =>
    sources.apiCall(apiCall(root), signal),
  );
  const resources = member(answer, 'resources');
  const found = (Array.isArray(resources) ? (resources as readonly JsonValue[]) : []).find(
    (resource) =>
      stringAt(resource, 'kind') === kind && !(stringAt(resource, 'name') ?? '/').includes('/'),
  );
  if (found !== undefined)
    return {
      name: stringAt(found, 'name') ?? '',
      isNamespaced: member(found, 'namespaced') === true,
    };
  throw new ContextError(
    'NO_VALUE',
    `error in parameterized resource: the API server has no kind ${kind} at ${root}`,
  );
}

async function namespaceOf(
  { namespace }: ParameterEntry,
  isNamespaced: boolean,
  tools: EntryTools,
): Promise<string> {
  if (!isNamespaced && namespace !== '')
    throw new ContextError(
      'WRONG_VALUE',
      'error in parameterized resource: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    );
  if (!isNamespaced || namespace !== '') return namespace;
  const own = await tools.query("request.namespace || ''");
  if (typeof own === 'string' && own !== '') return own;
  throw new ContextError(
    'WRONG_VALUE',
    "error in parameterized resource: can't use namespaced paramRef to match cluster-scoped resources",
  );
}
