import { load } from 'js-yaml';
import type { KubeObject } from '#shared/kube/kube.ts';
import { readManifest } from './manifest-files.ts';

/**
 * When an object is applied; the order is what keeps a half-finished installation harmless: policies before
 * anybody enforces them, the webhook configurations after the server is ready.
 */
export type Stage = 'definitions' | 'server' | 'policies' | 'webhooks';

export interface StagedManifest {
  readonly file: string;
  readonly stage: Stage;
  /** Only where the cluster has no object of this name that somebody else made. */
  readonly onlyIfMissing: boolean;
  /** Only where the user asks for it by this flag. */
  readonly flag?: 'policy-reports';
}

/** Every manifest, in the order in which it is applied. */
export const MANIFESTS: readonly StagedManifest[] = [
  ours('crd/cluster-sign-policies.yaml', 'definitions'),
  ours('crd/sign-policies.yaml', 'definitions'),
  { file: 'kyverno-crd/cluster-policies.yaml', stage: 'definitions', onlyIfMissing: true },
  { file: 'kyverno-crd/policies.yaml', stage: 'definitions', onlyIfMissing: true },
  { file: 'kyverno-crd/policy-exceptions.yaml', stage: 'definitions', onlyIfMissing: true },
  { file: 'kyverno-crd/global-context-entries.yaml', stage: 'definitions', onlyIfMissing: true },
  forReports('report-crd/policy-reports.yaml'),
  forReports('report-crd/cluster-policy-reports.yaml'),
  ours('base/namespace.yaml', 'server'),
  ours('base/service-account.yaml', 'server'),
  ours('base/cluster-role.yaml', 'server'),
  ours('base/cluster-role-binding.yaml', 'server'),
  ours('base/pull-secrets-cluster-role.yaml', 'server'),
  ours('base/role.yaml', 'server'),
  ours('base/role-binding.yaml', 'server'),
  ours('base/service.yaml', 'server'),
  ours('base/network-policy.yaml', 'server'),
  ours('base/pod-disruption-budget.yaml', 'server'),
  ours('base/deployment.yaml', 'server'),
  ours('base/mutating-webhook-configuration.yaml', 'webhooks'),
  ours('base/validating-webhook-configuration.yaml', 'webhooks'),
];

/** The object of one manifest. */
export function manifestObject({ file }: StagedManifest): KubeObject {
  // Our own files: the tests assert that each is one object with apiVersion, kind and name.
  return load(readManifest(file)) as KubeObject;
}

function ours(file: string, stage: Stage): StagedManifest {
  return { file, stage, onlyIfMissing: false };
}

function forReports(file: string): StagedManifest {
  return { file, stage: 'definitions', onlyIfMissing: true, flag: 'policy-reports' };
}
