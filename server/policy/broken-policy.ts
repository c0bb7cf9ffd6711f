import { createHash } from 'node:crypto';
import type { Fault } from '#shared/base/fault.ts';
import { isJsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import type { Mode, Policy, ResourceFilter } from '#shared/policy/model.ts';
import { WORKLOAD_KINDS } from '#shared/workload/kinds.ts';

/**
 * Stands in for a policy object that cannot be read and of which no good version is known: it judges every
 * workload that its scope covers, and every other object that it says where to find images in, as "could not find out". An author who asked for enforcement gets
 * refusals that name the fault, not images that nobody looked at (MUST-NOT-HAPPEN 6).
 */
export function brokenPolicy(object: KubeObject, faults: readonly Fault[]): Policy {
  const spec = member(object, 'spec');
  const policy = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    namespace: stringAt(object, 'metadata', 'namespace'),
    failurePolicy: 'Fail' as const,
    applyRules: 'All' as const,
    emitWarning: false,
    rules: [
      {
        kind: 'unsupported' as const,
        name: 'unreadable-policy',
        view: 'object' as const,
        action: {
          mode: asksToEnforce(spec, 0) ? ('enforce' as const) : ('audit' as Mode),
          overrides: [],
        },
        selection: {
          match: { combine: 'any' as const, filters: [covering(extractedKinds(spec))] },
          exclude: undefined,
        },
        imageReferences: undefined,
        faults: faults.map((fault) => ({ ...fault, severity: 'unsupported' as const })),
      },
    ],
  };
  return { ...policy, hash: createHash('sha256').update(JSON.stringify(policy)).digest('hex') };
}

/** Whatever has a pod template, and these kinds. */
function covering(kinds: readonly string[]): ResourceFilter {
  return {
    kinds: [
      ...WORKLOAD_KINDS.map(({ group, kind }) => ({ group, version: '*', kind, subresource: '*' })),
      ...kinds.map((kind) => ({ group: '*', version: '*', kind, subresource: '' })),
    ],
    names: [],
    namespaces: [],
    operations: ['CREATE', 'UPDATE'],
    annotations: {},
    selector: undefined,
  };
}

/** A Kind of Kubernetes; anything else in its place is one of the faults. */
const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;

/** More in one policy is somebody's attempt to fill the registration of the webhook. */
const MAX_KINDS = 100;

/** The kinds beside workloads whose images the policy would have looked at (`imageExtractors`). */
function extractedKinds(spec: JsonValue | undefined): readonly string[] {
  const rules = member(spec, 'rules');
  const kinds = (Array.isArray(rules) ? (rules as readonly JsonValue[]) : []).flatMap((rule) => {
    const extractors = member(rule, 'imageExtractors');
    return isJsonObject(extractors) ? Object.keys(extractors) : [];
  });
  return [...new Set(kinds)].filter((kind) => KIND.test(kind)).slice(0, MAX_KINDS);
}

/** Fields that say "enforce", wherever they are; in both spellings and in any letter case. */
const ACTION_FIELDS: ReadonlySet<string> = new Set([
  'failureAction',
  'validationFailureAction',
  'action',
]);

/** Policies are flat; deeper nesting is somebody's attempt to keep us busy. */
const MAX_DEPTH = 24;

function asksToEnforce(value: JsonValue | undefined, depth: number): boolean {
  if (depth > MAX_DEPTH) return true;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).some((item) => asksToEnforce(item, depth + 1));
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, child]) =>
    ACTION_FIELDS.has(key) && typeof child === 'string'
      ? child.toLowerCase() === 'enforce'
      : asksToEnforce(child, depth + 1),
  );
}
