import { stringAt } from '#shared/base/json-value.ts';
import { type Fault, formatFault } from '#shared/base/fault.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import type { Kube, KubeObject, ResourceType } from '#shared/kube/kube.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { Log } from '../observe/log.ts';
import { brokenPolicy } from './broken-policy.ts';
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
        onItems: (items) => source.take(resource, items),
        onError: (error) =>
          log.warn({ resource, reason: messageOf(error) }, 'cannot watch policies, trying again'),
      },
      signal,
    );
  }
}

/** What became of one version of one object. */
interface Reading {
  readonly version: string | undefined;
  readonly policy: Policy;
  /** Whether `policy` is what an author meant, as opposed to a stand-in for a broken one. */
  readonly good: boolean;
  readonly problems: readonly string[];
}

class ClusterSource {
  readonly #options: ClusterSourceOptions;
  readonly #readings = new Map<string, ReadonlyMap<string, Reading>>();

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
  }

  take(resource: string, items: readonly KubeObject[]): void {
    const before = this.#readings.get(resource);
    const after = new Map<string, Reading>();
    for (const item of items) {
      const key = `${stringAt(item, 'metadata', 'namespace') ?? ''}/${item.metadata.name}`;
      const reading = this.#read(item, before?.get(key));
      if (reading !== undefined) after.set(key, reading);
    }
    this.#readings.set(resource, after);
    if (this.#readings.size < POLICY_TYPES.length) return;
    const all = [...this.#readings.values()].flatMap((readings) => [...readings.values()]);
    this.#options.publish({
      policies: all.map(({ policy }) => policy),
      problems: all.flatMap(({ problems }) => problems),
    });
  }

  #read(item: KubeObject, before: Reading | undefined): Reading | undefined {
    const version = stringAt(item, 'metadata', 'resourceVersion');
    if (before !== undefined && version !== undefined && before.version === version) return before;
    const read = readDocument(item);
    switch (read.kind) {
      case 'other':
        return undefined;
      case 'policy':
        this.#options.log.info(
          { ...titleOf(item), notes: read.faults.map(formatFault) },
          'policy read',
        );
        return { version, policy: read.policy, good: true, problems: [] };
      case 'broken':
        this.#options.log.error(
          { ...titleOf(item), faults: read.faults.map(formatFault) },
          'policy cannot be used',
        );
        return { version, ...standIn(item, read, before) };
    }
  }
}

/** The last good version of a policy that cannot be read now, else one that says so to everybody. */
function standIn(
  item: KubeObject,
  { title, faults }: { readonly title: string; readonly faults: readonly Fault[] },
  before: Reading | undefined,
): Omit<Reading, 'version'> {
  const kept = before?.good === true ? before.policy : undefined;
  const after =
    kept === undefined ? 'what it covers cannot be judged' : 'its last good version stays in force';
  return {
    policy: kept ?? brokenPolicy(item, faults),
    good: kept !== undefined,
    problems: [`Cannot use ${title} (${after}): ${faults.map(formatFault).join('; ')}`],
  };
}

function titleOf({ kind, metadata }: KubeObject): object {
  return { kind, namespace: metadata['namespace'], policy: metadata.name };
}
