import type { Fault } from '#shared/base/fault.ts';
import type { KubeObject, ResourceType } from '#shared/kube/kube.ts';
import type { Policy } from '#shared/policy/model.ts';

/** What became of the newest version of a policy object. */
export interface PolicyReading {
  readonly type: ResourceType;
  readonly object: KubeObject;
  /** What is in force in its place. */
  readonly policy: Policy;
  /**
   * What `policy` is: the newest version itself, the last good one because the newest cannot be used, or
   * a stand-in because there never was a good one.
   */
  readonly standing: 'newest' | 'last-good' | 'stand-in';
  readonly faults: readonly Fault[];
}
