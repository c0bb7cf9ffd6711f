import { type JsonObject, stringAt } from '../base/json-value.ts';
import type { ResourceName } from '../kube/kube.ts';
import type { ReportDialect, ReportType } from './report-dialect.ts';
import { REPORT_SOURCE } from './report-row.ts';

/** What a report is about. */
export interface ReportSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Empty for an object of the whole cluster. */
  readonly namespace: string;
  readonly uid: string;
}

/** The subject of reports about a stored object; undefined where it was not stored. */
export function subjectOf(object: JsonObject): ReportSubject | undefined {
  const uid = stringAt(object, 'metadata', 'uid');
  const name = stringAt(object, 'metadata', 'name');
  if (uid === undefined || name === undefined || uid === '' || name === '') return undefined;
  return {
    apiVersion: stringAt(object, 'apiVersion') ?? '',
    kind: stringAt(object, 'kind') ?? '',
    name,
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    uid,
  };
}

/** Where the report about an object is. Kyverno names its own by the UID alone. */
export function reportName(
  { uid, namespace }: Pick<ReportSubject, 'uid' | 'namespace'>,
  dialect: ReportDialect,
): ResourceName & ReportType {
  const name = `${REPORT_SOURCE}-${uid}`;
  return namespace === ''
    ? { ...dialect.cluster, name }
    : { ...dialect.namespaced, name, namespace };
}
