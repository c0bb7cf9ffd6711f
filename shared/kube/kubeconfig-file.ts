import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { messageOf } from '../base/coded-error.ts';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  member,
  stringAt,
} from '../base/json-value.ts';
import { parseDocuments } from '../document/parse-documents.ts';
import { KubeError } from './kube-error.ts';

/** The entries of one kubeconfig file, or of several merged; relative paths already made absolute. */
export interface KubeconfigFile {
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, JsonObject>;
  readonly users: ReadonlyMap<string, JsonObject>;
  readonly contexts: ReadonlyMap<string, JsonObject>;
}

/** Fields that hold file names; they are relative to the file they are written in. */
const PATH_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/**
 * Reads a kubeconfig file; undefined if there is none. An empty file is an empty configuration.
 * @throws {KubeError} `BAD_CONFIG`, naming the file and what is wrong in it.
 */
export async function readKubeconfigFile(path: string): Promise<KubeconfigFile | undefined> {
  const text = await readOptional(path);
  if (text === undefined) return undefined;
  const document = parse(path, text);
  return {
    currentContext: stringAt(document, 'current-context') || undefined,
    clusters: entries(path, document, 'cluster'),
    users: entries(path, document, 'user'),
    contexts: entries(path, document, 'context'),
  };
}

/** Of entries with one name the first file's counts, and so for the current context, as in kubectl. */
export function mergeKubeconfigFiles(files: readonly KubeconfigFile[]): KubeconfigFile {
  const firstWins = (
    maps: readonly ReadonlyMap<string, JsonObject>[],
  ): ReadonlyMap<string, JsonObject> => new Map(maps.toReversed().flatMap((map) => [...map]));
  return {
    currentContext: files.find((file) => file.currentContext !== undefined)?.currentContext,
    clusters: firstWins(files.map(({ clusters }) => clusters)),
    users: firstWins(files.map(({ users }) => users)),
    contexts: firstWins(files.map(({ contexts }) => contexts)),
  };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badFile(path, messageOf(cause), cause);
  }
}

function parse(path: string, text: string): JsonObject {
  let documents: readonly { readonly value: JsonValue }[];
  try {
    documents = parseDocuments(text, path);
  } catch (cause) {
    throw badFile(path, messageOf(cause), cause);
  }
  const [first, ...more] = documents.map(({ value }) => value);
  if (first === undefined) return {};
  if (!isJsonObject(first) || more.length > 0) {
    throw badFile(path, 'it must hold one object with "clusters", "users" and "contexts"');
  }
  return first;
}

function entries(
  path: string,
  document: JsonObject,
  kind: 'cluster' | 'user' | 'context',
): ReadonlyMap<string, JsonObject> {
  const list = member(document, `${kind}s`) ?? [];
  if (!Array.isArray(list)) throw badFile(path, `"${kind}s" must be a list`);
  const found = new Map<string, JsonObject>();
  for (const entry of list as readonly JsonValue[]) {
    const name = stringAt(entry, 'name');
    const value = member(entry, kind) ?? {};
    if (name === undefined || !isJsonObject(value)) {
      throw badFile(path, `each entry of "${kind}s" must be an object with "name" and "${kind}"`);
    }
    if (!found.has(name)) found.set(name, absolutePaths(value, dirname(path)));
  }
  return found;
}

function absolutePaths(entry: JsonObject, directory: string): JsonObject {
  const changed: Record<string, JsonValue | undefined> = { ...entry };
  for (const field of PATH_FIELDS) {
    const value = stringAt(entry, field);
    if (value !== undefined && value !== '') changed[field] = absolute(value, directory);
  }
  const command = stringAt(entry, 'exec', 'command');
  // client-go: a command with a separator is relative to the file, a bare name is looked up on the PATH.
  if (command?.includes('/') === true && isJsonObject(entry['exec'])) {
    changed['exec'] = { ...entry['exec'], command: absolute(command, directory) };
  }
  return changed;
}

function absolute(path: string, directory: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}

function badFile(path: string, problem: string, cause?: unknown): KubeError {
  return new KubeError('BAD_CONFIG', `Cannot read kubeconfig file "${path}": ${problem}`, {
    cause,
  });
}
