import { isJsonObject, type JsonValue } from '../../base/json-value.ts';
import type {
  ApiCall,
  ApiCallEntry,
  ConfigMapEntry,
  ContextEntry,
  GlobalEntry,
  ImageDataEntry,
} from '../../policy/context-entry.ts';
import { ask } from './ask.ts';
import { ContextError } from './context-error.ts';
import type { ContextSources } from './context-sources.ts';
import { loadParameters } from './load-parameters.ts';
import { loadVariable } from './load-variable.ts';
import { checkCallPlace, checkConfigMapPlace, checkGlobalPlace } from './namespaced-place.ts';

/** How an entry sees what stands above it. */
export interface EntryTools {
  readonly sources: ContextSources;
  /** Namespace of a namespaced policy. */
  readonly policyNamespace: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** The value with its variables replaced. */
  substitute(value: JsonValue): Promise<JsonValue>;
  /** The expression that a text with variables makes. */
  expression(text: string): Promise<string>;
  /** The value of an expression on everything that is known. */
  query(expression: string): Promise<JsonValue>;
  /** The value of an expression on one value. */
  search(expression: string, value: JsonValue): JsonValue;
}

/**
 * Fetches the value of an entry (Kyverno 1.19).
 * @throws {ContextError} {@link ConditionError}
 */
export async function loadEntry(entry: ContextEntry, tools: EntryTools): Promise<JsonValue> {
  switch (entry.kind) {
    case 'variable':
      return loadVariable(entry, tools);
    case 'config-map':
      return loadConfigMap(entry, tools);
    case 'api-call':
      return loadApiCall(entry, tools);
    case 'image-data':
      return loadImageData(entry, tools);
    case 'global':
      return loadGlobal(entry, tools);
    case 'parameters':
      return loadParameters(entry, tools);
  }
}

async function loadConfigMap(entry: ConfigMapEntry, tools: EntryTools): Promise<JsonValue> {
  const { policyNamespace, sources, signal } = tools;
  const name = await text(entry.configMap, 'configMap.name', tools);
  const namespace =
    (await text(entry.namespace, 'configMap.namespace', tools)) || (policyNamespace ?? 'default');
  checkConfigMapPlace(namespace, policyNamespace);
  const what = `failed to get configmap ${namespace}/${name}`;
  const found = await ask(what, tools, async () =>
    sources.readConfigMap({ namespace, name }, signal),
  );
  if (found !== undefined)
    return { data: found['data'] ?? null, metadata: found['metadata'] ?? {} };
  throw new ContextError('NO_VALUE', `${what}: it does not exist`);
}

async function loadApiCall(entry: ApiCallEntry, tools: EntryTools): Promise<JsonValue> {
  const call = await substituteCall(entry.call, tools);
  checkCallPlace(call, tools.policyNamespace);
  const { target, method } = call;
  const what =
    target.kind === 'service'
      ? `failed to execute HTTP request for APICall ${entry.name}`
      : `failed to ${method} resource with raw url: ${target.urlPath}`;
  let answer: JsonValue;
  try {
    answer = await ask(what, tools, async () => tools.sources.apiCall(call, tools.signal));
  } catch (error) {
    // The default is taken as it is, and only where there is no answer.
    if (!(error instanceof ContextError) || entry.default === undefined) throw error;
    return entry.default;
  }
  return transform(answer, entry.jmesPath, tools);
}

async function substituteCall(call: ApiCall, tools: EntryTools): Promise<ApiCall> {
  const { target } = call;
  const values = call.data.map(async ({ key, value }) => ({
    key: await text(key, 'data key', tools),
    value: await tools.substitute(value),
  }));
  const data = await Promise.all(values);
  if (target.kind === 'api-server') {
    const urlPath = await text(target.urlPath, 'urlPath', tools);
    return { ...call, data, target: { ...target, urlPath } };
  }
  const headers = target.headers.map(async ({ key, value }) => ({
    key: await text(key, 'header key', tools),
    value: await text(value, 'header value', tools),
  }));
  return {
    ...call,
    data,
    target: {
      kind: 'service',
      url: await text(target.url, 'service.url', tools),
      caBundle: await text(target.caBundle, 'service.caBundle', tools),
      headers: await Promise.all(headers),
    },
  };
}

async function loadImageData(entry: ImageDataEntry, tools: EntryTools): Promise<JsonValue> {
  const reference = await text(entry.reference, 'imageRegistry.reference', tools);
  const request = await tools.query("request.namespace || ''");
  const namespace = typeof request === 'string' ? request : '';
  const { credentials } = entry;
  const { policyNamespace } = tools;
  const data = await ask(`failed to fetch image descriptor: ${reference}`, tools, async () =>
    tools.sources.imageData({ reference, credentials, policyNamespace, namespace }, tools.signal),
  );
  return transform(data, entry.jmesPath, tools);
}

async function loadGlobal(entry: GlobalEntry, tools: EntryTools): Promise<JsonValue> {
  checkGlobalPlace(tools.policyNamespace);
  const reference = await text(entry.reference, 'globalReference.name', tools);
  const [name = '', projection = ''] = reference.split('.');
  const what = `failed to fetch entry key=${reference}`;
  const data = await ask(what, tools, async () =>
    tools.sources.globalEntry({ name, projection }, tools.signal),
  );
  if (data === undefined) throw new ContextError('NO_VALUE', `${what}: it does not exist`);
  return transform(data, entry.jmesPath, tools);
}

async function transform(
  value: JsonValue,
  jmesPath: string | undefined,
  tools: EntryTools,
): Promise<JsonValue> {
  if (jmesPath === undefined) return value;
  return tools.search(await tools.expression(jmesPath), value);
}

/** A text with its variables replaced. */
async function text(written: string, field: string, tools: EntryTools): Promise<string> {
  const value = await tools.substitute(written);
  if (typeof value === 'string') return value;
  const found = value === null || isJsonObject(value) ? JSON.stringify(value) : typeof value;
  throw new ContextError(
    'WRONG_VALUE',
    `failed to substitute variables in ${field} ${written}: expected string, got ${found}`,
  );
}
