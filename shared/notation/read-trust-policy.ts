import { createHash } from 'node:crypto';
import type { Fault } from '../base/fault.ts';
import { isJsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import { readLevel } from './read-level.ts';
import type { TrustAnchors, TrustStatement } from './trust-policy.ts';
import type { TrustStore, TrustStoreType } from './trust-store.ts';
import { overlaps, parseTrustedIdentity, type TrustedIdentity } from './trusted-identity.ts';
import type { Certificate } from './certificate.ts';

/** Statements are compared with each other; a document has a handful. */
const MAX_STATEMENTS = 256;

const STATEMENT_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'registryScopes',
  'signatureVerification',
  'trustStores',
  'trustedIdentities',
]);

/** `registry/path`, lower-case path, as notation demands: no tag, no wildcard, no scheme. */
const SCOPE =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+$/;

export interface ReadTrustPolicy {
  readonly statements: readonly TrustStatement[];
  /** All that is wrong, each with its field; with an `error` among them nothing may be verified. */
  readonly faults: readonly Fault[];
}

/**
 * Reads a notation trust policy document (`trustpolicy.json`, version 1.0) against the trust stores it
 * names, all faults at once.
 */
export function readTrustPolicy(
  document: JsonValue,
  stores: readonly TrustStore[],
): ReadTrustPolicy {
  const version = stringAt(document, 'version');
  const list = member(document, 'trustPolicies');
  const items: readonly JsonValue[] = Array.isArray(list) ? list : [];
  const faults = [
    ...(version === '1.0' ? [] : [error('version', `found ${show(version)}, expected "1.0"`)]),
    ...(items.length > 0 && items.length <= MAX_STATEMENTS
      ? []
      : [error('trustPolicies', `expected a list of 1 to ${MAX_STATEMENTS} statements`)]),
  ];
  const read = items
    .slice(0, MAX_STATEMENTS)
    .map((item, index) => readStatement(item, `trustPolicies[${index}]`, stores));
  const statements = read.map(({ statement }) => statement);
  return {
    statements,
    faults: [...faults, ...read.flatMap(({ faults }) => faults), ...repetitions(statements)],
  };
}

function readStatement(
  item: JsonValue,
  path: string,
  stores: readonly TrustStore[],
): { statement: TrustStatement; faults: readonly Fault[] } {
  const faults: Fault[] = unknownFields(item, path);
  const name = stringAt(item, 'name') ?? '';
  if (name === '') faults.push(error(`${path}.name`, 'expected a name'));
  const level = readLevel(
    member(item, 'signatureVerification'),
    `${path}.signatureVerification`,
    faults,
  );
  const scopes = readScopes(item, { path, level: level.level, faults });
  const isSkip = level.level === 'skip';
  const storeNames = strings(item, 'trustStores', { path, faults, isSkip });
  const anchors = readAnchors(storeNames, { path: `${path}.trustStores`, stores, faults });
  const identityTexts = strings(item, 'trustedIdentities', { path, faults, isSkip });
  const identities = readIdentities(identityTexts, `${path}.trustedIdentities`, faults);
  const hash = createHash('sha256')
    .update(JSON.stringify([name, scopes, level, storeNames, identityTexts]))
    .update(anchorHashes(storeNames, stores))
    .digest('hex');
  return {
    statement: { name, registryScopes: scopes, ...level, anchors, identities, hash },
    faults,
  };
}

function unknownFields(item: JsonValue, path: string): Fault[] {
  if (!isJsonObject(item)) return [error(path, 'expected an object')];
  return Object.keys(item)
    .filter((key) => !STATEMENT_FIELDS.has(key))
    .map((key) => error(`${path}.${key}`, 'unknown field'));
}

function readScopes(
  item: JsonValue,
  context: { path: string; level: string; faults: Fault[] },
): readonly string[] {
  const path = `${context.path}.registryScopes`;
  const scopes = strings(item, 'registryScopes', { ...context, isSkip: false });
  const isGlobal = scopes.includes('*');
  if (isGlobal && scopes.length > 1)
    context.faults.push(error(path, 'found "*" among other scopes, expected it alone'));
  if (isGlobal && context.level === 'skip')
    context.faults.push(
      error(path, 'found "*" with level "skip": name the repositories that need no signature'),
    );
  for (const scope of scopes)
    if (scope !== '*' && !SCOPE.test(scope))
      context.faults.push(error(path, `found ${show(scope)}, expected "*" or "registry/path"`));
  return scopes;
}

/** The list of texts in a field; required, unless the level is `skip`, which must not have it. */
function strings(
  item: JsonValue,
  field: string,
  { path, faults, isSkip }: { path: string; faults: Fault[]; isSkip: boolean },
): readonly string[] {
  const value = member(item, field);
  if (isSkip && (value === undefined || (Array.isArray(value) && value.length === 0))) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const texts = list.filter((text) => typeof text === 'string' && text !== '');
  if (isSkip) faults.push(error(`${path}.${field}`, 'level "skip" does not use it, remove it'));
  else if (texts.length === 0 || texts.length !== list.length)
    faults.push(error(`${path}.${field}`, 'expected a list of one or more texts, none empty'));
  return texts.filter((text) => typeof text === 'string');
}

function readAnchors(
  names: readonly string[],
  { path, stores, faults }: { path: string; stores: readonly TrustStore[]; faults: Fault[] },
): TrustAnchors {
  const found = names.flatMap((name) => {
    const store = stores.find((store) => storeName(store) === name);
    if (store === undefined)
      faults.push(
        error(
          path,
          `found ${show(name)}, there is ${stores.length === 0 ? 'no trust store' : `only ${stores.map((store) => `"${storeName(store)}"`).join(', ')}`}`,
        ),
      );
    return store === undefined ? [] : [store];
  });
  const of = (type: TrustStoreType): readonly Certificate[] =>
    found.filter((store) => store.type === type).flatMap(({ certificates }) => certificates);
  const usesTimestamps = names.some((name) => name.startsWith('tsa:'));
  return {
    ca: of('ca'),
    signingAuthority: of('signingAuthority'),
    tsa: usesTimestamps ? of('tsa') : undefined,
  };
}

function readIdentities(
  texts: readonly string[],
  path: string,
  faults: Fault[],
): readonly TrustedIdentity[] {
  const identities = texts.flatMap((text) => {
    const identity = parseTrustedIdentity(text);
    if (typeof identity === 'string') faults.push(error(path, identity));
    return typeof identity === 'string' ? [] : [identity];
  });
  const clash = identities.some((one, index) =>
    identities.slice(index + 1).some((other) => overlaps(one, other)),
  );
  if (clash)
    faults.push(
      error(path, 'two identities overlap: "*" must stand alone, none may include another'),
    );
  return identities;
}

function repetitions(statements: readonly TrustStatement[]): readonly Fault[] {
  const names = repeated(statements.map(({ name }) => name));
  const scopes = repeated(statements.flatMap(({ registryScopes }) => registryScopes));
  return [
    ...names.map((name) => error('trustPolicies', `the name ${show(name)} is used twice`)),
    ...scopes.map((scope) => error('trustPolicies', `the scope ${show(scope)} is used twice`)),
  ];
}

function repeated(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
}

function anchorHashes(names: readonly string[], stores: readonly TrustStore[]): string {
  return stores
    .filter((store) => names.includes(storeName(store)))
    .map(({ hash }) => hash)
    .join();
}

function storeName({ type, name }: TrustStore): string {
  return `${type}:${name}`;
}

function show(value: string | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function error(path: string, message: string): Fault {
  return { severity: 'error', path, message };
}
