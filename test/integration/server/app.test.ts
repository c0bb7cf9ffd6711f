import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MAX_REVIEW_BYTES } from '#server/admission/read-body.ts';
import type { Admit } from '#shared/admission/admit.ts';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { until } from '#test/support/kube/until.ts';
import { decisionOf, reviewOf } from '#test/unit/server/review-fixture.ts';
import { type StartedApp, startApp, testCertificate } from './started-app.ts';

let app: StartedApp;
let admit: Admit = async () => decisionOf();
let problem: string | undefined;

before(async () => {
  const readiness = [
    { name: 'policies', problem: () => problem, notes: () => ['file a is broken'] },
  ];
  app = await startApp({
    certificate: await testCertificate(),
    readiness,
    admit: (...call) => admit(...call),
  });
});

after(() => app.close());

test('POST /mutate: the object goes to the engine, its decision comes back as an AdmissionReview', async () => {
  const seen: AdmissionRequest[] = [];
  const patch = [{ op: 'replace', path: '/spec/containers/0/image', value: 'x' }] as const;
  admit = async (request, options) => {
    seen.push(request);
    assert.equal(options.stage, 'mutate');
    return decisionOf({ patch, warnings: ['careful'] });
  };
  const answer = await app.client.review('/mutate?timeout=10s', reviewOf());
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['x-powered-by'], undefined);
  assert.deepEqual(JSON.parse(answer.text), {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: 'uid-1',
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      warnings: ['careful'],
      auditAnnotations: { outcome: 'admitted' },
    },
  });
  assert.deepEqual(seen[0]?.object, reviewOf().request['object']);
});

test('POST /validate: a refusal is a 200 with allowed false, and never a patch', async () => {
  admit = async (_request, options) => {
    assert.equal(options.stage, 'validate');
    return decisionOf({ allowed: false, outcome: 'denied', message: 'not signed' });
  };
  const answer = await app.client.review('/validate', reviewOf());
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"allowed":false,"status":{"status":"Failure","message":"not signed"/);
});

test('MNH-06 an exception of the engine is a refusal that clients try again', async () => {
  admit = async () => {
    throw new Error('boom');
  };
  // No policy is loaded here, so nothing could be refused by one: see the unit test for the other half.
  const { text } = await app.client.review('/validate', reviewOf());
  assert.match(text, /boom \(admitted, as all policies only audit\)/);
  assert(app.logLines().some(({ msg, level }) => msg === 'judging failed' && level === 'error'));
});

test('MNH-17 ?timeout= is honoured: a hanging engine is answered for before the caller gives up', async () => {
  let aborted = false;
  admit = (_request, { signal }) =>
    new Promise(() => signal?.addEventListener('abort', () => (aborted = true)));
  const { text } = await app.client.review('/validate?timeout=1s', reviewOf());
  assert.equal(aborted, true);
  assert.match(text, /verification did not end in time/);
});

test('a caller that goes away stops the work', async () => {
  const state = { started: false, aborted: false };
  admit = (_request, { signal }) => {
    state.started = true;
    return new Promise((resolve) =>
      signal?.addEventListener('abort', () => {
        state.aborted = true;
        resolve(decisionOf());
      }),
    );
  };
  const sent = app.client.review('/validate?timeout=30s', reviewOf()).catch(() => 'gone');
  await until('the engine is asked', () => state.started);
  app.client.agent.destroy();
  assert.equal(await sent, 'gone');
  await until('the engine is told to stop', () => state.aborted);
});

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const BAD: readonly (readonly [string, Record<string, string>, string, number, RegExp])[] = [
  ['no content type', {}, '{}', 415, /its content type is none, "application\/json" is wanted/],
  ['a form', { 'content-type': 'text/html' }, '{}', 415, /its content type is "text\/html"/],
  [
    'compressed',
    { ...JSON_TYPE, 'content-encoding': 'gzip' },
    '{}',
    415,
    /its content encoding is "gzip"/,
  ],
  ['no JSON', JSON_TYPE, 'hello', 400, /its body is not JSON/],
  ['nothing', JSON_TYPE, '', 400, /its body is not JSON/],
  [
    'no AdmissionReview',
    JSON_TYPE,
    '{"kind":"Pod"}',
    400,
    /"kind" is "Pod", "AdmissionReview" is wanted/,
  ],
];

for (const [title, headers, body, status, message] of BAD) {
  test(`MNH-06 a body that is ${title} is answered ${status} with a Status that says why`, async () => {
    const answer = await app.client.send({ method: 'POST', path: '/mutate', headers, body });
    assert.equal(answer.status, status);
    const parsed = JSON.parse(answer.text) as Record<string, unknown>;
    assert.equal(parsed['kind'], 'Status');
    assert.equal(parsed['apiVersion'], 'v1');
    assert.equal(parsed['code'], status);
    assert.match(String(parsed['message']), message);
  });
}

for (const chunked of [false, true]) {
  test(`a body above the limit is answered 413${chunked ? ', also where its length is not announced' : ''}`, async () => {
    const body = Buffer.alloc(MAX_REVIEW_BYTES + 1, 32);
    const answer = await app.client.send({
      method: 'POST',
      path: '/mutate',
      headers: JSON_TYPE,
      body,
      chunked,
    });
    assert.equal(answer.status, 413);
    assert.equal(answer.headers.connection, 'close');
    assert.match(answer.text, /its body is larger than 7340032 bytes/);
  });
}

test('a body of almost 7 MiB is taken', async () => {
  admit = async () => decisionOf();
  const object = { kind: 'Pod', padding: 'x'.repeat(MAX_REVIEW_BYTES - 1000) };
  const answer = await app.client.review('/mutate', reviewOf({ object }));
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"allowed":true/);
});

test('other paths and methods are answered 404, saying what there is', async () => {
  for (const [method, path] of [
    ['GET', '/mutate'],
    ['POST', '/other'],
    ['GET', '/%E0'],
  ] as const) {
    const answer = await app.client.send({ method, path });
    assert.equal(answer.status >= 400, true);
    assert.match(answer.text, /"kind":"Status"/);
    assert.doesNotMatch(answer.text, /node_modules|at .*\.ts/);
  }
});

test('GET /livez is ok while /readyz says what is missing', async () => {
  problem = 'not read yet: cluster';
  assert.deepEqual((await app.client.get('/livez')).text, 'ok\n');
  const answer = await app.client.get('/readyz');
  assert.equal(answer.status, 503);
  assert.equal(
    answer.text,
    '[-]policies failed: not read yet: cluster\n   file a is broken\nnot healthy\n',
  );
  problem = undefined;
  assert.equal((await app.client.get('/readyz')).text, 'ok\n');
  assert.equal(
    (await app.client.get('/readyz?verbose')).text,
    '[+]policies ok\n   file a is broken\nhealthy\n',
  );
});

test('GET /metrics counts requests, with labels of known values only', async () => {
  admit = async () => decisionOf();
  await app.client.review(
    '/mutate',
    reviewOf({ kind: { group: 'x', version: 'v1', kind: 'Random123' } }),
  );
  const { text, headers } = await app.client.get('/metrics');
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  assert.match(text, /sign_policy_build_info{version="1\.2\.3",node_version="v\d+\..*"} 1/);
  const counted =
    /sign_policy_admission_requests_total{(?=[^}]*kind="other")(?=[^}]*decision="admitted")[^}]*} 1/;
  assert.match(text, counted);
  assert.match(text, /sign_policy_admission_requests_total{[^}]*decision="bad_request"[^}]*}/);
  assert.match(text, /sign_policy_admission_in_flight 0/);
  assert.doesNotMatch(text, /Random123|registry\.example/);
});

test('MNH-29 a request is one log line, with nothing of the object but its name', async () => {
  admit = async () => decisionOf({ allowed: false, outcome: 'denied', message: 'not signed' });
  const env = [{ name: 'PASSWORD', value: 'hunter2' }];
  const object = {
    kind: 'Pod',
    metadata: {},
    spec: { containers: [{ name: 'c', image: 'i', env }] },
  };
  await app.client.review('/validate', reviewOf({ uid: 'logged', name: 'web', object }));
  const lines = app.logLines().filter(({ uid }) => uid === 'logged');
  assert.equal(lines.length, 1);
  const { milliseconds, time, ...line } = lines[0] ?? {};
  assert.equal(typeof milliseconds, 'number');
  assert.equal(typeof time, 'string');
  assert.deepEqual(line, {
    level: 'info',
    uid: 'logged',
    stage: 'validate',
    operation: 'CREATE',
    kind: 'Pod',
    namespace: 'team-a',
    name: 'web',
    dryRun: false,
    outcome: 'denied',
    pinned: 0,
    reason: 'not signed',
    msg: 'admission',
  });
  assert.doesNotMatch(JSON.stringify(app.logLines()), /hunter2/);
});
