import { load } from 'js-yaml';
import { isJsonObject, type JsonObject, type JsonValue, member } from '#shared/base/json-value.ts';
import { readManifest } from '../install/manifest-files.ts';
import { update } from '../install/update.ts';
import { registryPattern } from './registry-pattern.ts';
import type { ShippedPolicy } from './shipped-policies.ts';

export interface ShippedPolicyOptions {
  /** Patterns, or beginnings of names: `ghcr.io/acme` stands for everything below it. */
  readonly registries: readonly string[];
  readonly identity: string | undefined;
  readonly issuer: string | undefined;
  readonly namespaces: readonly string[];
  readonly mode: 'audit' | 'enforce' | undefined;
}

/**
 * A policy that comes along, with everything that its user sets. It is of our own kind, so that Kyverno,
 * where it runs, does not verify the same images a second time.
 */
export function shippedPolicy(policy: ShippedPolicy, options: ShippedPolicyOptions): JsonObject {
  const document = load(readManifest(policy.file)) as JsonObject;
  const own = { ...document, apiVersion: 'sign-policy.dev/v1alpha1', kind: 'ClusterSignPolicy' };
  return update(own, ['spec', 'rules'], (rules) =>
    objects(rules).map((rule) => changeRule(rule, policy, options)),
  );
}

function changeRule(
  rule: JsonObject,
  policy: ShippedPolicy,
  options: ShippedPolicyOptions,
): JsonObject {
  const { namespaces } = options;
  const changed = update(rule, ['verifyImages'], (entries) =>
    objects(entries).map((entry) => changeEntry(entry, policy, options)),
  );
  if (!policy.takesNamespaces || namespaces.length === 0) return changed;
  return update(changed, ['match', 'any'], (filters) =>
    objects(filters).map((filter) => update(filter, ['resources', 'namespaces'], () => namespaces)),
  );
}

function changeEntry(
  entry: JsonObject,
  policy: ShippedPolicy,
  { registries, mode, ...trusted }: ShippedPolicyOptions,
): JsonObject {
  const images = policy.takesRegistries ? { imageReferences: registries.map(registryPattern) } : {};
  // Kyverno refuses audit together with pinning, and the policy should be one that can be moved there.
  const audit =
    mode === 'audit' ? { failureAction: 'Audit', mutateDigest: false, verifyDigest: false } : {};
  const changed = { ...entry, ...images, ...audit };
  if (!policy.takesIdentity) return changed;
  return update(changed, ['attestors'], (sets) =>
    objects(sets).map((set) =>
      update(set, ['entries'], (entries) => objects(entries).map((one) => trust(one, trusted))),
    ),
  );
}

function trust(
  entry: JsonObject,
  { identity, issuer }: Pick<ShippedPolicyOptions, 'identity' | 'issuer'>,
): JsonObject {
  const keyless = member(entry, 'keyless');
  if (!isJsonObject(keyless)) return entry;
  const subject = identity === undefined ? {} : { subject: identity };
  return {
    ...entry,
    keyless: { ...keyless, ...subject, ...(issuer === undefined ? {} : { issuer }) },
  };
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}
