import type { Kube } from '../kube/kube.ts';
import { REPORT_DIALECTS, type ReportDialect } from './report-dialect.ts';

/**
 * The reports that a cluster has definitions for, undefined for none.
 * @throws {KubeError} where that cannot be found out.
 */
export async function servedDialect(
  kube: Pick<Kube, 'serves'>,
): Promise<ReportDialect | undefined> {
  for (const dialect of REPORT_DIALECTS) if (await kube.serves(dialect.namespaced)) return dialect;
  return undefined;
}
