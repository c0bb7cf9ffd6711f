import { type CustomKind, MAX_KINDS_OF_NAMESPACE } from '#shared/policy/custom-kinds.ts';
import { conditionFor, ruleFor } from './kinds-webhook.ts';

/** Kubernetes has no longer names of anything, and none that JSON writes otherwise; bytes. */
const MAX_NAME_LENGTH = 253;

/** API servers refuse a longer expression, and with it all of the configuration (the parser of cel-go); characters. */
const MAX_CONDITION_LENGTH = 100_000;

/**
 * API servers compare every request with every rule. So many of the longest names, with the condition in UTF-8, also stay
 * below the 1.5 MiB that etcd takes.
 */
const MAX_RULES = 1000;

/** Kinds that the webhook is not registered for, and why. */
export interface LeftOut {
  /** Of which policies; undefined for cluster-wide ones. */
  readonly namespace: string | undefined;
  readonly kinds: readonly CustomKind[];
  readonly reason: string;
}

export interface FittedKinds {
  /** Those of cluster-wide policies first, then namespace by namespace. */
  readonly kinds: readonly CustomKind[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * As many kinds as one registration can hold: an API server would refuse a larger one as a whole. Whoever writes
 * policies for a namespace cannot crowd out those of the cluster, and hardly those of others: the namespaces that ask
 * for the least come first. All replicas come to the same, in whatever order they read the policies.
 */
export function fitKinds(kinds: readonly CustomKind[]): FittedKinds {
  const room = new Room();
  const fitted = inOrder(kinds).map(([namespace, asked]) => {
    const taken: CustomKind[] = [];
    const leftOut = new Map<string, CustomKind[]>();
    for (const kind of asked) {
      const reason = whyNot(kind, taken.length, room);
      if (reason === undefined) taken.push(kind);
      else {
        const others = leftOut.get(reason) ?? [];
        others.push(kind);
        leftOut.set(reason, others);
      }
    }
    return { namespace, taken, leftOut };
  });
  return {
    kinds: fitted.flatMap(({ taken }) => taken),
    leftOut: fitted.flatMap(({ namespace, leftOut }) =>
      [...leftOut].map(([reason, left]) => ({ namespace, kinds: left, reason })),
    ),
  };
}

type Asked = readonly [namespace: string | undefined, kinds: readonly CustomKind[]];

function inOrder(kinds: readonly CustomKind[]): readonly Asked[] {
  const asked = [...Map.groupBy(kinds, ({ namespace }) => namespace)].map(([namespace, inside]) => {
    const keyed = inside.map((kind) => ({ kind, key: JSON.stringify(kind) }));
    const size = keyed.reduce((sum, { key }) => sum + key.length, 0);
    return {
      namespace,
      size: namespace === undefined ? 0 : size,
      inside: keyed.toSorted((one, other) => compare(one.key, other.key)),
    };
  });
  return asked
    .toSorted(
      (one, other) => one.size - other.size || compare(one.namespace ?? '', other.namespace ?? ''),
    )
    .map(({ namespace, inside }) => [namespace, inside.map(({ kind }) => kind)]);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Undefined where the kind has its place now. */
function whyNot(kind: CustomKind, before: number, room: Room): string | undefined {
  const { group, version, kind: name, subresource, namespace } = kind;
  if ([group, version, name, subresource].some(isNoName))
    return `no API has names of more than ${MAX_NAME_LENGTH} characters`;
  if (namespace !== undefined && before >= MAX_KINDS_OF_NAMESPACE)
    return `all policies of a namespace together may name ${MAX_KINDS_OF_NAMESPACE} kinds`;
  return room.take(kind) ? undefined : 'API servers take no more in one webhook';
}

function isNoName(text: string): boolean {
  return Buffer.byteLength(JSON.stringify(text)) - '""'.length > MAX_NAME_LENGTH;
}

/** How much of one registration is left. */
class Room {
  readonly #rules = new Set<string>();
  readonly #names = new Set<string>();
  readonly #namespaces = new Set<string | undefined>();
  #length = 0;

  /** False where the kind does not fit in any more. */
  take(kind: CustomKind): boolean {
    const rule = JSON.stringify(ruleFor(kind));
    const name = JSON.stringify([kind.namespace, kind.kind]);
    const head = this.#namespaces.has(kind.namespace)
      ? 0
      : conditionFor([{ ...kind, kind: '' }]).length + ' || '.length;
    const own = this.#names.has(name) ? 0 : JSON.stringify(kind.kind).length + ','.length;
    const length = this.#length + head + own;
    const hasRule = this.#rules.has(rule);
    if (length > MAX_CONDITION_LENGTH || (!hasRule && this.#rules.size >= MAX_RULES)) return false;
    this.#rules.add(rule);
    this.#names.add(name);
    this.#namespaces.add(kind.namespace);
    this.#length = length;
    return true;
  }
}
