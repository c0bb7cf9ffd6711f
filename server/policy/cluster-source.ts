import { member, stringAt } from '#shared/base/json-value.ts';
import { type Fault, formatFault } from '#shared/base/fault.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import type { Kube, KubeObject, ResourceType } from '#shared/kube/kube.ts';
import type { Log } from '../observe/log.ts';
import { brokenPolicy } from './broken-policy.ts';
import type { PolicyReading } from './policy-reading.ts';
import type { Publish } from './policy-store.ts';
import { readDocument } from './read-documents.ts';

/** The kinds of policy objects that are followed, where the cluster serves them. */
const POLICY_TYPES: readonly ResourceType[] = [
  { group: 'kyverno.io', version: 'v1', resource: 'clusterpolicies' },
  { group: 'kyverno.io', version: 'v1', resource: 'policies' },
  { group: 'sign-policy.dev', version: 'v1alpha1', resource: 'clustersignpolicies' },
  { group: 'sign-policy.dev', version: 'v1alpha1', resource: 'signpolicies' },
];

export interface ClusterSourceOptions {
  readonly kube: Kube;
  readonly publish: Publish;
  /** Told what became of every policy object, together with the publishing. */
  readonly onReadings?: (readings: readonly PolicyReading[]) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Publishes the policies of a cluster and follows their changes, from the moment all kinds were listed. */
export function startClusterSource(options: ClusterSourceOptions): void {
  const { kube, log, signal } = options;
  const source = new ClusterSource(options);
  for (const type of POLICY_TYPES) {
    const resource = `${type.resource}.${type.group}`;
    kube.watch(
      type,
      {
        onItems: (items) => source.take(type, items),
        onError: (error) =>
          log.warn({ resource, reason: messageOf(error) }, 'cannot watch policies, trying again'),
      },
      signal,
    );
  }
}

/** A reading with what it was made from, so that an object that did not change is not read again. */
interface Kept extends PolicyReading {
  readonly version: string | undefined;
  readonly problems: readonly string[];
}

class ClusterSource {
  readonly #options: ClusterSourceOptions;
  readonly #readings = new Map<ResourceType, ReadonlyMap<string, Kept>>();

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
  }

  take(type: ResourceType, items: readonly KubeObject[]): void {
    const before = this.#readings.get(type);
    const after = new Map<string, Kept>();
    for (const item of items) {
      const key = `${stringAt(item, 'metadata', 'namespace') ?? ''}/${item.metadata.name}`;
      const reading = this.#read(type, item, before?.get(key));
      if (reading !== undefined) after.set(key, reading);
    }
    this.#readings.set(type, after);
    if (this.#readings.size < POLICY_TYPES.length) return;
    const all = [...this.#readings.values()].flatMap((readings) => [...readings.values()]);
    this.#options.publish({
      policies: all.map(({ policy }) => policy),
      problems: all.flatMap(({ problems }) => problems),
    });
    this.#options.onReadings?.(all);
  }

  #read(type: ResourceType, object: KubeObject, before: Kept | undefined): Kept | undefined {
    const version = contentVersion(object);
    if (before !== undefined && version !== undefined && before.version === version)
      return { ...before, object };
    const read = readDocument(object);
    switch (read.kind) {
      case 'foreign':
      case 'other':
      case 'exception':
        return undefined;
      case 'policy': {
        const { policy, faults } = read;
        this.#options.log.info(
          { ...titleOf(object), notes: faults.map(formatFault) },
          'policy read',
        );
        return { type, object, version, policy, faults, standing: 'newest', problems: [] };
      }
      case 'broken':
        this.#options.log.error(
          { ...titleOf(object), faults: read.faults.map(formatFault) },
          'policy cannot be used',
        );
        return { type, object, version, faults: read.faults, ...standIn(object, read, before) };
    }
  }
}

/** Changes with everything that a policy is read from, and not with its status. */
function contentVersion(object: KubeObject): string | undefined {
  const generation = member(object.metadata, 'generation');
  if (typeof generation !== 'number') return stringAt(object, 'metadata', 'resourceVersion');
  const uid = stringAt(object, 'metadata', 'uid') ?? '';
  return `${uid} ${generation} ${JSON.stringify(member(object.metadata, 'annotations') ?? {})}`;
}

/** The last good version of a policy that cannot be read now, else one that says so to everybody. */
function standIn(
  item: KubeObject,
  { title, faults }: { readonly title: string; readonly faults: readonly Fault[] },
  before: Kept | undefined,
): Pick<Kept, 'policy' | 'standing' | 'problems'> {
  const kept = before === undefined || before.standing === 'stand-in' ? undefined : before.policy;
  const after =
    kept === undefined ? 'what it covers cannot be judged' : 'its last good version stays in force';
  return {
    policy: kept ?? brokenPolicy(item, faults),
    standing: kept === undefined ? 'stand-in' : 'last-good',
    problems: [`Cannot use ${title} (${after}): ${faults.map(formatFault).join('; ')}`],
  };
}

function titleOf({ kind, metadata }: KubeObject): object {
  return { kind, namespace: metadata['namespace'], policy: metadata.name };
}
