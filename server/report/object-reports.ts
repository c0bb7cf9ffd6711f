import type { JsonObject } from '#shared/base/json-value.ts';
import { judgesInBackground } from '#shared/policy/background-rules.ts';
import type { Policy } from '#shared/policy/model.ts';
import { policyKey } from '#shared/policy/policy-key.ts';
import { reportContent, rowsOf } from '#shared/report/report-content.ts';
import type { ReportDialect } from '#shared/report/report-dialect.ts';
import type { ReportRow } from '#shared/report/report-row.ts';
import type { ReportSubject } from '#shared/report/report-subject.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { JudgeStored } from './judge-stored.ts';
import type { ReportWriter } from './report-writer.ts';

export interface ObjectReportsOptions {
  readonly judge: JudgeStored;
  readonly writer: ReportWriter;
  readonly metrics: Pick<Metrics, 'reports'>;
}

export interface RefreshOptions {
  readonly set: PolicySet;
  readonly dialect: ReportDialect;
  /** What the request brought to light that has no place in the background. */
  readonly atAdmission?: readonly ReportRow[];
  /** What the report says that is there, where that is known (`storedContent`). */
  readonly content?: string;
  readonly signal: AbortSignal;
}

/** Keeps the report about an object. */
export class ObjectReports {
  readonly #options: ObjectReportsOptions;

  constructor(options: ObjectReportsOptions) {
    this.#options = options;
  }

  /**
   * Judges a stored object and writes what came of it, where that is news.
   * @throws {KubeError} where the report cannot be read or written; the signal's reason.
   */
  async refresh(
    subject: ReportSubject,
    object: JsonObject,
    { set, dialect, atAdmission = [], content, signal }: RefreshOptions,
  ): Promise<void> {
    const judged = await this.#options.judge(object, set, signal);
    const foreground = foregroundRules(set.policies);
    const isForeground = ({ policy, rule }: ReportRow): boolean =>
      foreground.has(keyOf(policy, rule));
    const told = atAdmission.filter(isForeground);
    // What the report says already that only a request brings to light.
    const stays = foreground.size > 0 && told.length === 0;
    const kept = stays ? rowsOf(await this.#options.writer.read(subject, dialect)) : [];
    const rows = [...judged, ...told, ...kept.filter(isForeground)];
    if (reportContent(rows) === content) this.#options.metrics.reports.inc({ result: 'unchanged' });
    else await this.write(subject, rows, dialect);
  }

  /** @throws {KubeError} where it cannot be written. */
  async write(
    subject: ReportSubject,
    rows: readonly ReportRow[],
    dialect: ReportDialect,
  ): Promise<void> {
    const result = await this.#options.writer.write(subject, rows, dialect);
    this.#options.metrics.reports.inc({ result });
  }
}

/** Those in force that do not judge in the background. */
function foregroundRules(policies: readonly Policy[]): ReadonlySet<string> {
  return new Set(
    policies.flatMap((policy) =>
      policy.rules
        .filter((rule) => !judgesInBackground(policy, rule))
        .map(({ name }) => keyOf(policyKey(policy), name)),
    ),
  );
}

function keyOf(policy: string, rule: string): string {
  return `${policy}\n${rule}`;
}
