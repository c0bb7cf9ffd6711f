import { type JsonObject, member, stringAt } from '../base/json-value.ts';
import { KubeError } from './kube-error.ts';
import type { Kube, KubeObject } from './kube.ts';

const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };

/**
 * A holder that was not heard of for so long has lost it: longer than a restart of the API server takes, and what it
 * is for can wait. Seconds.
 */
const DURATION_SECONDS = 60;

export interface LeaseOptions {
  readonly name: string;
  readonly namespace: string;
  /** Unique among those who want it. */
  readonly holder: string;
}

/**
 * A task that one of several processes does, by a Lease of `coordination.k8s.io`. As in client-go whoever wants it
 * measures by its own clock how long a holder has been silent, so that clocks may differ.
 */
export class Lease {
  readonly #kube: Kube;
  readonly #options: LeaseOptions;
  #seen: { readonly sign: string; readonly at: number } | undefined;

  constructor(kube: Kube, options: LeaseOptions) {
    this.#kube = kube;
    this.#options = options;
  }

  /**
   * Takes it, or keeps it; whether we have it now. To be called again well within a minute.
   * @throws {KubeError} where that cannot be found out.
   */
  async hold(): Promise<boolean> {
    const { name, namespace, holder } = this.#options;
    const lease = await this.#kube.get({ ...LEASES, name, namespace });
    try {
      if (lease === undefined) await this.#create();
      else if (holderOf(lease) !== holder && !this.#isSilent(lease)) return false;
      else await this.#renew(lease, holder);
      return true;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.code === 'CONFLICT') return false;
      // In a namespace that is not there nobody has it: a process outside of the cluster is alone.
      if (error.code === 'NOT_FOUND') return true;
      throw error;
    }
  }

  /**
   * Leaves it to the others, if it is ours.
   * @throws {KubeError}
   */
  async release(): Promise<void> {
    const { name, namespace, holder } = this.#options;
    const lease = await this.#kube.get({ ...LEASES, name, namespace });
    if (lease !== undefined && holderOf(lease) === holder) await this.#renew(lease, '');
  }

  #isSilent(lease: KubeObject): boolean {
    if (holderOf(lease) === '') return true;
    const now = performance.now();
    const sign = JSON.stringify(lease['spec']);
    if (this.#seen?.sign !== sign) this.#seen = { sign, at: now };
    return now - this.#seen.at > DURATION_SECONDS * 1000;
  }

  async #create(): Promise<void> {
    const { name, namespace, holder } = this.#options;
    await this.#kube.create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'sign-policy' } },
      spec: specOf(holder),
    });
  }

  async #renew(lease: KubeObject, holder: string): Promise<void> {
    const { name, namespace } = this.#options;
    const resourceVersion = stringAt(lease.metadata, 'resourceVersion') ?? '';
    await this.#kube.mergePatch(
      { ...LEASES, name, namespace },
      // With the version that was read: of two who want it at once one gets a conflict.
      { metadata: { resourceVersion }, spec: specOf(holder) },
    );
  }
}

function holderOf(lease: KubeObject): string {
  return stringAt(member(lease, 'spec'), 'holderIdentity') ?? '';
}

function specOf(holder: string): JsonObject {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: DURATION_SECONDS,
    // MicroTime
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  };
}
