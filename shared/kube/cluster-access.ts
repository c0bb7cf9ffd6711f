import type { JsonObject } from '../base/json-value.ts';

/** One API server and who we are there: a kubeconfig's chosen context, or a Pod's service account. */
export interface ClusterAccess {
  /** Fields as in a kubeconfig's `cluster`; paths are absolute. */
  readonly cluster: JsonObject;
  /** Fields as in a kubeconfig's `user`; paths are absolute. */
  readonly user: JsonObject;
  readonly namespace: string;
  /** For messages: `context "kind-kind"`, `the service account of this Pod`. */
  readonly origin: string;
}
