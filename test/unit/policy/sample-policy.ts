import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { formatFault } from '#shared/base/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#shared/base/json-value.ts';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import type { Policy, Rule, VerifyImagesRule } from '#shared/policy/model.ts';
import { type ReadPolicy, readPolicy } from '#shared/policy/read-policy.ts';

/** A new public key as PEM. */
export function newKey(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return String(publicKey.export({ format: 'pem', type: 'spki' })).trim();
}

export const KEY: string = newKey();

/** An attestor set that asks for nothing but `key`. */
export function keySet(key: string = KEY, more: JsonObject = {}): JsonObject {
  return { entries: [{ keys: { publicKeys: key, rekor: { ignoreTlog: true } }, ...more }] };
}

/** A complete `verifyImages` entry with changes. */
export function entry(changes: JsonObject = {}): JsonObject {
  return { imageReferences: ['registry.example/*'], attestors: [keySet()], ...changes };
}

export const FOR_PODS: JsonObject = { any: [{ resources: { kinds: ['Pod'] } }] };

/** A complete rule with changes; a change to `undefined` takes the field away. */
export function rule(changes: JsonObject = {}): JsonObject {
  return { name: 'r', match: FOR_PODS, verifyImages: [entry()], ...changes };
}

/** A policy document that enforces these rules. */
export function policyDocument(rules: readonly JsonObject[], spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec: { validationFailureAction: 'Enforce', rules, ...spec },
  };
}

/** Reads a policy that has to be recognised as one. */
export function read(document: JsonObject): ReadPolicy {
  const result = readPolicy(structuredClone(document));
  assert.ok(result !== undefined, 'not recognised as a policy');
  return result;
}

/** Reads a policy that has to be usable. */
export function readUsable(document: JsonObject): Policy {
  const { policy, faults } = read(document);
  assert.ok(policy !== undefined, faults.map(formatFault).join('\n'));
  return policy;
}

/** Faults as lines `severity path: message`, without the warning that every `Enforce` of a spec earns. */
export function faultLines(document: JsonObject): readonly string[] {
  return read(document)
    .faults.filter(({ message }) => !message.startsWith('deprecated since Kyverno 1.13'))
    .map((fault) => `${fault.severity} ${formatFault(fault)}`);
}

/** The only rule of a policy that is not generated. */
export function ownRule(document: JsonObject): Rule {
  const [first] = readUsable(document).rules;
  assert.ok(first !== undefined, 'the policy has no rules');
  return first;
}

/** The same, for a rule that verifies images. */
export function verifyRule(document: JsonObject): VerifyImagesRule {
  const own = ownRule(document);
  assert.ok(own.kind === 'verify-images', `found a rule of kind ${own.kind}`);
  return own;
}

/** The objects of a YAML text. */
export function objects(text: string): readonly JsonObject[] {
  return parseDocuments(text, 'test.yaml').map(({ value }: { value: JsonValue }) => {
    assert.ok(isJsonObject(value));
    return value;
  });
}
