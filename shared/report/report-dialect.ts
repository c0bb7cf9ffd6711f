import type { ResourceType } from '../kube/kube.ts';

/** A kind of report with its REST resource. */
export interface ReportType extends ResourceType {
  readonly kind: string;
}

/** One of the two forms that reports have; their results are the same JSON. */
export interface ReportDialect {
  readonly name: 'wgpolicyk8s' | 'openreports';
  /** About objects of a namespace. */
  readonly namespaced: ReportType;
  /** About objects without one. */
  readonly cluster: ReportType;
  /** Whether a report names its producer, beside each result. */
  readonly hasSource: boolean;
}

const WGPOLICY = { group: 'wgpolicyk8s.io', version: 'v1alpha2' };
const OPENREPORTS = { group: 'openreports.io', version: 'v1alpha1' };

/**
 * The dialects, that first which is written where both are served: who brought OpenReports, the successor, reads it.
 * `kubectl get policyreports` shows the other.
 */
export const REPORT_DIALECTS: readonly ReportDialect[] = [
  {
    name: 'openreports',
    namespaced: { ...OPENREPORTS, resource: 'reports', kind: 'Report' },
    cluster: { ...OPENREPORTS, resource: 'clusterreports', kind: 'ClusterReport' },
    hasSource: true,
  },
  {
    name: 'wgpolicyk8s',
    namespaced: { ...WGPOLICY, resource: 'policyreports', kind: 'PolicyReport' },
    cluster: { ...WGPOLICY, resource: 'clusterpolicyreports', kind: 'ClusterPolicyReport' },
    hasSource: false,
  },
];

/** All kinds of reports. */
export const REPORT_TYPES: readonly ReportType[] = REPORT_DIALECTS.flatMap(
  ({ namespaced, cluster }) => [namespaced, cluster],
);
