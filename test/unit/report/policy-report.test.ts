import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member, stringAt } from '#shared/base/json-value.ts';
import { policyReport } from '#shared/report/policy-report.ts';
import { reportContent, rowsOf, storedContent } from '#shared/report/report-content.ts';
import { REPORT_DIALECTS, type ReportDialect } from '#shared/report/report-dialect.ts';
import type { ReportRow } from '#shared/report/report-row.ts';
import { subjectOf } from '#shared/report/report-subject.ts';

const [OPENREPORTS, WGPOLICY] = REPORT_DIALECTS as readonly [ReportDialect, ReportDialect];

const SUBJECT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: 'web',
  namespace: 'shop',
  uid: '42',
};

function row(result: ReportRow['result'], changes: Partial<ReportRow> = {}): ReportRow {
  return {
    source: 'sign-policy',
    policy: 'signed',
    rule: 'check',
    message: result,
    result,
    scored: true,
    timestamp: { seconds: 1, nanos: 0 },
    properties: { image: 'a', process: 'background scan' },
    ...changes,
  };
}

test('report: it names its object as scope and owner, so that it goes when the object goes', () => {
  const report = policyReport(SUBJECT, [row('pass'), row('fail')], WGPOLICY);
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '42' };
  assert.equal(report.apiVersion, 'wgpolicyk8s.io/v1alpha2');
  assert.equal(report.kind, 'PolicyReport');
  assert.equal(report.metadata.name, 'sign-policy-42');
  assert.equal(report.metadata['namespace'], 'shop');
  assert.deepEqual(report.metadata['labels'], { 'app.kubernetes.io/managed-by': 'sign-policy' });
  assert.deepEqual(report.metadata['ownerReferences'], [owner]);
  assert.deepEqual(report['scope'], { ...owner, namespace: 'shop' });
  assert.deepEqual(report['summary'], { pass: 1, fail: 1, skip: 0, warn: 0, error: 0 });
  assert.equal('source' in report, false);
});

test('report: OpenReports has the same results, and names its producer', () => {
  const report = policyReport(SUBJECT, [row('pass')], OPENREPORTS);
  assert.equal(report.apiVersion, 'openreports.io/v1alpha1');
  assert.equal(report.kind, 'Report');
  assert.equal(report['source'], 'sign-policy');
  assert.deepEqual(report['results'], [row('pass')]);
});

test('report: an object of the whole cluster has a report of the whole cluster', () => {
  const report = policyReport({ ...SUBJECT, namespace: '' }, [row('pass')], WGPOLICY);
  assert.equal(report.kind, 'ClusterPolicyReport');
  assert.equal('namespace' in report.metadata, false);
  assert.equal(member(report['scope'], 'namespace'), undefined);
});

test('report: of very many results the worst are told, and all are counted', () => {
  const rows = [...Array.from({ length: 300 }, () => row('pass')), row('fail')];
  const report = policyReport(SUBJECT, rows, WGPOLICY);
  assert.equal(rowsOf(report).length, 200);
  assert.equal(rowsOf(report).filter(({ result }) => result === 'fail').length, 1);
  assert.equal(member(report['summary'], 'pass'), 300);
  assert.equal(stringAt(report.metadata, 'annotations', 'sign-policy.dev/results-left-out'), '101');
});

test('report: long results of one policy do not keep the worse ones of another out', () => {
  const message = 'x'.repeat(10_000);
  const rows = [...Array.from({ length: 100 }, () => row('pass', { message })), row('fail')];
  const huge = row('error', { message: 'x'.repeat(1_000_000) });
  const report = policyReport(SUBJECT, [huge, ...rows], WGPOLICY);
  assert.ok(rowsOf(report).length > 40);
  assert.ok(JSON.stringify(report).length < 510_000);
  assert.equal(rowsOf(report).filter(({ result }) => result === 'fail').length, 1);
  assert.equal(member(report['summary'], 'pass'), 100);
});

const SAME: readonly (readonly [string, ReportRow, boolean])[] = [
  ['another time', row('pass', { timestamp: { seconds: 9, nanos: 0 } }), true],
  ['another way', row('pass', { properties: { image: 'a', process: 'admission review' } }), true],
  [
    'another order of fields',
    Object.fromEntries(Object.entries(row('pass')).toReversed()) as ReportRow,
    true,
  ],
  ['another result', row('fail', { message: 'pass' }), false],
  ['another image', row('pass', { properties: { image: 'b', process: 'background scan' } }), false],
];

for (const [title, other, isSame] of SAME) {
  test(`report: ${title} ${isSame ? 'is no' : 'is a'} change of what it says`, () => {
    assert.equal(reportContent([row('pass')]) === reportContent([other]), isSame);
  });
}

test('report: what it says can be read off it without its results', () => {
  const rows = [row('pass'), row('skip')];
  assert.equal(storedContent(policyReport(SUBJECT, rows, WGPOLICY)), reportContent(rows));
  assert.equal(storedContent(undefined), reportContent([]));
});

test('report: results of others and what is no result are not read back', () => {
  const report = {
    ...policyReport(SUBJECT, [row('pass')], WGPOLICY),
    results: [row('pass'), row('pass', { source: 'kyverno' }), 7, { source: 'sign-policy' }],
  };
  assert.deepEqual(rowsOf(report), [row('pass')]);
  assert.deepEqual(rowsOf(undefined), []);
});

test('report: there is none about an object that was not stored', () => {
  const metadata = { name: 'web', namespace: 'shop', uid: '42' };
  const stored = { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
  assert.deepEqual(subjectOf(stored), SUBJECT);
  assert.equal(subjectOf({ ...stored, metadata: { name: 'web' } }), undefined);
  assert.equal(subjectOf({ ...stored, metadata: { generateName: 'web-', uid: '42' } }), undefined);
});
