import type { Fault } from '../base/fault.ts';
import { type JsonObject, type JsonValue, stringAt } from '../base/json-value.ts';
import { quote, oneOf } from './fields.ts';
import type { Policy } from './model.ts';
import { type PolicyForm, readClusterPolicy } from './read-cluster-policy.ts';
import { closestWord } from './suggestion.ts';

export interface ReadPolicy {
  /** Undefined where an error among the faults forbids to use it, or its kind is not for us. */
  readonly policy: Policy | undefined;
  /** In the order in which the document is read: first the spec, then its rules one by one. */
  readonly faults: readonly Fault[];
}

/** Deeper documents are no policy; keeps everything that walks one from exhausting the stack. */
export const MAX_POLICY_DEPTH: number = 100;

/**
 * Reads a policy of any dialect that is known; all faults at once. Undefined where the document is no
 * policy at all.
 */
export function readPolicy(document: JsonObject): ReadPolicy | undefined {
  const apiVersion = stringAt(document, 'apiVersion') ?? '';
  const kind = stringAt(document, 'kind') ?? '';
  const [group = '', version = ''] = apiVersion.split('/');
  const kinds = DIALECTS.get(group);
  if (kinds === undefined) return undefined;
  const dialect = kinds.get(kind);
  if (dialect === undefined) return unknownKind(kind, kinds.keys());
  if (isTooDeep(document)) {
    return only('error', '', `is nested deeper than ${MAX_POLICY_DEPTH} levels, expected a policy`);
  }
  if (dialect.support !== 'read') return only(dialect.support, 'kind', dialect.message);
  if (!dialect.versions.includes(version)) {
    const known = dialect.versions.map((name) => `${group}/${name}`);
    return only('error', 'apiVersion', `found ${quote(apiVersion)}, expected ${oneOf(known)}`);
  }
  const faults: Fault[] = [];
  const policy = readClusterPolicy(document, dialect.form, faults);
  return { policy, faults };
}

type Dialect =
  | {
      readonly support: 'read';
      readonly form: PolicyForm;
      readonly versions: readonly string[];
    }
  | { readonly support: 'unsupported' | 'foreign'; readonly message: string };

const NOT_YET: Dialect = {
  support: 'unsupported',
  message: 'policies of this kind are not supported yet and are not enforced',
};
/** They name policies of these kinds only, none of which is enforced here. */
const NOT_OUR_EXCEPTIONS: Dialect = {
  support: 'foreign',
  message: 'is for policies of other engines: nothing is exempted here',
};
const NOT_OURS: Dialect = {
  support: 'foreign',
  message: 'not about image signatures, left to other engines',
};

function kyverno(scope: PolicyForm['scope']): Dialect {
  return { support: 'read', form: { scope, dialect: 'kyverno' }, versions: ['v1', 'v2beta1'] };
}

function own(scope: PolicyForm['scope']): Dialect {
  return { support: 'read', form: { scope, dialect: 'own' }, versions: ['v1alpha1'] };
}

/** API group → kind → what we do with it. */
const DIALECTS: ReadonlyMap<string, ReadonlyMap<string, Dialect>> = new Map([
  [
    'kyverno.io',
    new Map<string, Dialect>([
      ['ClusterPolicy', kyverno('cluster')],
      ['Policy', kyverno('namespace')],
      ['CleanupPolicy', NOT_OURS],
      ['ClusterCleanupPolicy', NOT_OURS],
      ['GlobalContextEntry', NOT_OURS],
      ['UpdateRequest', NOT_OURS],
    ]),
  ],
  [
    'sign-policy.dev',
    new Map<string, Dialect>([
      ['ClusterSignPolicy', own('cluster')],
      ['SignPolicy', own('namespace')],
    ]),
  ],
  [
    'policies.kyverno.io',
    new Map<string, Dialect>([
      ['ImageValidatingPolicy', NOT_YET],
      ['NamespacedImageValidatingPolicy', NOT_YET],
      ['PolicyException', NOT_OUR_EXCEPTIONS],
      ['ValidatingPolicy', NOT_OURS],
      ['NamespacedValidatingPolicy', NOT_OURS],
      ['MutatingPolicy', NOT_OURS],
      ['NamespacedMutatingPolicy', NOT_OURS],
      ['GeneratingPolicy', NOT_OURS],
      ['NamespacedGeneratingPolicy', NOT_OURS],
      ['DeletingPolicy', NOT_OURS],
      ['NamespacedDeletingPolicy', NOT_OURS],
    ]),
  ],
  [
    'policy.sigstore.dev',
    new Map<string, Dialect>([
      ['ClusterImagePolicy', NOT_YET],
      ['TrustRoot', NOT_YET],
    ]),
  ],
]);

function unknownKind(kind: string, known: Iterable<string>): ReadPolicy {
  const kinds = [...known];
  const meant = closestWord(kind, kinds);
  const hint = meant === undefined ? `expected ${oneOf(kinds)}` : `did you mean "${meant}"?`;
  return only('error', 'kind', `found ${quote(kind)}, ${hint}`);
}

function only(severity: Fault['severity'], path: string, message: string): ReadPolicy {
  return { policy: undefined, faults: [{ severity, path, message }] };
}

/** Walks level by level, so that a hostile document cannot exhaust the stack here either. */
function isTooDeep(document: JsonObject): boolean {
  let level: readonly JsonValue[] = [document];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_POLICY_DEPTH) return true;
    level = level.flatMap((value): readonly JsonValue[] =>
      typeof value === 'object' && value !== null ? (Object.values(value) as JsonValue[]) : [],
    );
  }
  return false;
}
