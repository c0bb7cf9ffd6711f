import type { Clock } from '../base/clock.ts';
import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import type { Kube, KubeObject } from './kube.ts';
import { Watched } from './watched.ts';

/** Who asks, in which namespace (empty for cluster scope). */
export interface BoundUser {
  readonly username: string;
  readonly groups: readonly string[];
  readonly namespace: string;
}

/** What is bound to somebody. */
export interface BoundRoles {
  /** `namespace:name` of Roles, in any namespace. */
  readonly roles: readonly string[];
  /** ClusterRoles, bound in the whole cluster or in the namespace of the request. */
  readonly clusterRoles: readonly string[];
}

interface Binding {
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly isClusterRole: boolean;
  readonly role: string;
}

/** Bindings by subject: `User:name`, `Group:name`. */
type Index = ReadonlyMap<string, readonly Binding[]>;

/** Who is bound to which role, by watches of RoleBindings and ClusterRoleBindings. */
export class RoleBindings {
  readonly #watched: readonly Watched<Index>[];

  constructor(kube: Kube, { clock, signal }: { clock: Clock; signal: AbortSignal }) {
    this.#watched = ['rolebindings', 'clusterrolebindings'].map(
      (resource) =>
        new Watched({
          kube,
          type: { group: 'rbac.authorization.k8s.io', version: 'v1', resource },
          keep: withoutHistory,
          project: indexOf,
          clock,
          signal,
        }),
    );
  }

  start(): void {
    for (const watched of this.#watched) watched.start();
  }

  /**
   * What is bound to a user or to one of their groups, as Kyverno 1.19 computes it.
   * @throws {KubeError} where the bindings cannot be read.
   */
  async rolesOf(user: BoundUser, signal: AbortSignal | undefined): Promise<BoundRoles> {
    const indexes = await Promise.all(this.#watched.map(async (watched) => watched.value(signal)));
    const subjects = [`User:${user.username}`, ...user.groups.map((group) => `Group:${group}`)];
    const bindings = indexes.flatMap((index) =>
      subjects.flatMap((subject) => index.get(subject) ?? []),
    );
    return {
      roles: names(
        bindings.filter(({ isClusterRole, namespace }) => !isClusterRole && namespace !== ''),
        ({ namespace, role }) => `${namespace}:${role}`,
      ),
      clusterRoles: names(
        bindings.filter(
          ({ isClusterRole, namespace }) =>
            isClusterRole && (namespace === '' || namespace === user.namespace),
        ),
        ({ role }) => role,
      ),
    };
  }
}

function names(
  bindings: readonly Binding[],
  nameOf: (binding: Binding) => string,
): readonly string[] {
  return [...new Set(bindings.map(nameOf))].toSorted();
}

/** Bindings are many, and most of one is the history of who changed what. */
function withoutHistory(item: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = item;
  const namespace = stringAt(metadata, 'namespace');
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...(namespace === undefined ? {} : { namespace }) },
    subjects: member(item, 'subjects'),
    roleRef: member(item, 'roleRef'),
  };
}

function indexOf(items: readonly KubeObject[]): Index {
  const index = new Map<string, Binding[]>();
  for (const item of items) {
    const binding: Binding = {
      namespace: stringAt(item, 'metadata', 'namespace') ?? '',
      isClusterRole: stringAt(item, 'roleRef', 'kind') === 'ClusterRole',
      role: stringAt(item, 'roleRef', 'name') ?? '',
    };
    for (const subject of subjectsOf(item, binding.namespace)) {
      const others = index.get(subject);
      if (others === undefined) index.set(subject, [binding]);
      else others.push(binding);
    }
  }
  return index;
}

function subjectsOf(item: KubeObject, bindingNamespace: string): readonly string[] {
  const subjects = member(item, 'subjects');
  if (!Array.isArray(subjects)) return [];
  return (subjects as readonly JsonValue[]).flatMap((subject) => {
    const kind = stringAt(subject, 'kind');
    const name = stringAt(subject, 'name') ?? '';
    if (kind === 'User' || kind === 'Group') return [`${kind}:${name}`];
    const namespace = stringAt(subject, 'namespace') || bindingNamespace;
    const isAccount = kind === 'ServiceAccount' && namespace !== '';
    return isAccount ? [`User:system:serviceaccount:${namespace}:${name}`] : [];
  });
}
