import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRecord } from '#shared/admission/decision.ts';
import type { Digest } from '#shared/base/digest.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { ReportRow } from '#shared/report/report-row.ts';
import { reportRows } from '#shared/report/report-rows.ts';
import type { SignatureFact, Verdict } from '#shared/verification/verdict.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const DIGEST = `sha256:${'a'.repeat(64)}` as Digest;
const OTHER = `sha256:${'b'.repeat(64)}` as Digest;

function policies(...more: readonly string[]): readonly Policy[] {
  return policiesFrom(`apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: signed
${more.join('\n')}
spec:
  rules:
    - name: check
      reportProperties: { team: shop }
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ['*']
          failureAction: Enforce
          attestors:
            - entries:
                - keyless: { issuer: https://issuer.example, subject: a@b, rekor: { url: https://rekor.sigstore.dev } }
`);
}

const ANNOTATED = `  annotations:
    policies.kyverno.io/category: Supply Chain
    policies.kyverno.io/severity: high`;

const UNSCORED = `  annotations: { policies.kyverno.io/scored: "false" }`;

const MADE_UP = `  annotations: { policies.kyverno.io/severity: terrible }`;

const FACT: SignatureFact = {
  format: 'sigstore-bundle',
  place: 'referrer',
  keyFingerprint: 'feed',
  annotations: {},
};

const KEYLESS: SignatureFact = {
  ...FACT,
  identity: {
    subjects: ['https://github.com/acme/shop/.github/workflows/b.yml@refs/heads/main'],
    issuer: 'https://token.example',
    extensions: {},
    certificate: 'beef',
  },
};

function passed(...signatures: readonly SignatureFact[]): Verdict {
  return { kind: 'pass', message: 'signed', digest: DIGEST, signatures };
}

const FAILED: Verdict = {
  kind: 'fail',
  reason: 'NO_SIGNATURES',
  message: 'no signatures found',
  details: ['found: none', 'found: none'],
  digest: DIGEST,
};

const TROUBLE: Verdict = {
  kind: 'error',
  reason: 'REGISTRY_TIMEOUT',
  message: 'no answer',
  details: [],
  digest: undefined,
  transient: true,
  retryAfterSeconds: undefined,
};

const SKIPPED: Verdict = { kind: 'skip', message: 'not asked', digest: undefined };

function record(verdict: Verdict, changes: Partial<ImageRecord> = {}): ImageRecord {
  return {
    policy: 'signed',
    rule: 'check',
    mode: 'enforce',
    image: 'r.example/a:1',
    pointer: '/spec/containers/0/image',
    container: 'web',
    verdict,
    ...changes,
  };
}

function rows(
  records: readonly ImageRecord[],
  set: readonly Policy[] = policies(),
): readonly ReportRow[] {
  const images = [
    {
      pointer: '/spec/containers/0/image',
      container: 'web',
      written: 'r.example/a:1',
      digest: OTHER,
      pinned: undefined,
    },
  ];
  return reportRows({ records, images }, { policies: set, process: 'background scan', now: NOW });
}

function only(records: readonly ImageRecord[], set?: readonly Policy[]): ReportRow {
  const [row, ...more] = rows(records, set);
  assert.ok(row);
  assert.deepEqual(more, []);
  return row;
}

test('report: a row tells policy, rule, result, what was said, when, and what the author adds', () => {
  assert.deepEqual(only([record(FAILED)], policies(ANNOTATED)), {
    source: 'sign-policy',
    policy: 'signed',
    rule: 'check',
    message: 'no signatures found\nfound: none',
    result: 'fail',
    scored: true,
    category: 'Supply Chain',
    severity: 'high',
    timestamp: { seconds: Math.floor(NOW / 1000), nanos: 0 },
    properties: {
      team: 'shop',
      process: 'background scan',
      container: 'web',
      image: 'r.example/a:1',
      digest: DIGEST,
      reason: 'NO_SIGNATURES',
    },
  });
});

const RESULTS: readonly (readonly [string, readonly Verdict[], ReportRow['result']])[] = [
  ['all entries say yes', [passed(FACT), passed(KEYLESS)], 'pass'],
  ['one entry says no', [passed(FACT), FAILED, TROUBLE], 'fail'],
  ['it could not be found out', [passed(FACT), TROUBLE], 'error'],
  ['one entry says yes and one was not asked', [SKIPPED, passed(FACT)], 'pass'],
  ['nothing was asked', [SKIPPED], 'skip'],
];

for (const [title, verdicts, wanted] of RESULTS) {
  test(`report: "${wanted}" where ${title}`, () => {
    const row = only(verdicts.map((verdict) => record(verdict)));
    assert.equal(row.result, wanted);
  });
}

test('report: what a policy without score refuses is a warning', () => {
  const { result, scored } = only([record(FAILED)], policies(UNSCORED));
  assert.deepEqual({ result, scored }, { result: 'warn', scored: false });
});

test('report: a severity that reports do not know is left out', () => {
  assert.equal('severity' in only([record(FAILED)], policies(MADE_UP)), false);
});

test('report: each image has a row of its own, in the same order each time', () => {
  const second = { pointer: '/spec/containers/1/image', container: 'b', image: 'r.example/b:1' };
  const records = [record(FAILED, second), record(passed(FACT))];
  const containers = (found: readonly ReportRow[]): unknown[] =>
    found.map(({ properties, result }) => [properties['container'], result]);
  const wanted = [
    ['web', 'pass'],
    ['b', 'fail'],
  ];
  assert.deepEqual(containers(rows(records)), wanted);
  assert.deepEqual(containers(rows(records.toReversed())), wanted);
});

test('report: a signer is the identity of a certificate, else the key', () => {
  const properties = only([record(passed(FACT)), record(passed(KEYLESS))]).properties;
  assert.equal(
    properties['signer'],
    'key sha256:feed, https://github.com/acme/shop/.github/workflows/b.yml@refs/heads/main',
  );
  assert.equal(properties['issuer'], 'https://token.example');
});

test('report: the digest is the one that was resolved where the verdict names none', () => {
  assert.equal(only([record(TROUBLE)]).properties['digest'], OTHER);
});

test('report: a rule that judged the object as a whole names no image', () => {
  const whole = { image: undefined, pointer: undefined, container: undefined };
  const { properties } = only([record({ ...FAILED, digest: undefined }, whole)]);
  assert.deepEqual(properties, {
    team: 'shop',
    process: 'background scan',
    reason: 'NO_SIGNATURES',
  });
});

test('report: who was let off is told', () => {
  assert.equal(only([record(SKIPPED, { waivedBy: 'bypass' })]).properties['waivedBy'], 'bypass');
});

test('report: a rule has twenty properties of its own at most', () => {
  const reportProperties = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`p${index}`, 'x'.repeat(1_000)]),
  );
  const { properties } = only([record(FAILED, { reportProperties })]);
  const own = Object.entries(properties).filter(([name]) => /^p\d/.test(name));
  assert.equal(own.length, 20);
  assert.ok(own.every(([, value]) => value.length === 300));
});

test('report: what is long is cut, and what a policy that is gone said is left out', () => {
  const long = { ...FAILED, message: 'x'.repeat(5_000), details: [] };
  assert.equal(only([record(long, { image: 'i'.repeat(5_000) })]).message.length, 1_000);
  assert.equal(only([record(long, { image: 'i'.repeat(5_000) })]).properties['image']?.length, 300);
  assert.deepEqual(rows([record(FAILED, { policy: 'gone' })]), []);
});
