import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { type ParsedConfig, parseConfig, type WebhookConfig } from '#server/config.ts';
import { createLog } from '#server/observe/log.ts';
import { type RunningWebhook, serve } from '#server/serve.ts';
import type { Admit } from '#shared/admission/admit.ts';
import { systemClock } from '#shared/base/clock.ts';
import { until } from '#test/support/kube/until.ts';
import { decisionOf, reviewOf } from '#test/unit/server/review-fixture.ts';
import { HttpsClient } from './https-client.ts';
import { POLICY } from './policy-fixture.ts';
import { type TestCertificate, testCertificate } from './started-app.ts';

let directory: string;
let first: TestCertificate;
let second: TestCertificate;
const closing: (() => Promise<unknown> | void)[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-serve-'));
  [first, second] = await Promise.all([testCertificate(), testCertificate()]);
  await writeFile(join(directory, 'policy.yaml'), POLICY);
});

after(() => rm(directory, { recursive: true }));

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function writePair(certificate: string, key: string): Promise<void> {
  for (const [name, text] of [
    ['tls.crt', certificate],
    ['tls.key', key],
  ] as const) {
    await writeFile(join(directory, `${name}.new`), text);
    await rename(join(directory, `${name}.new`), join(directory, name));
  }
}

function configOf(...flags: readonly string[]): WebhookConfig {
  const parsed: ParsedConfig = parseConfig(
    ['--policies', directory, '--listen', '127.0.0.1:0', ...flags],
    {},
  );
  assert(parsed.kind === 'run');
  return parsed.config;
}

interface Started {
  readonly webhook: RunningWebhook;
  readonly lines: readonly string[];
}

async function start(admit: Admit, ...flags: readonly string[]): Promise<Started> {
  const lines: string[] = [];
  const webhook = await serve({
    config: configOf(...flags),
    log: createLog('info', { write: (line) => void lines.push(line) }),
    clock: systemClock,
    version: '1',
    kube: undefined,
    createAdmit: () => admit,
  });
  closing.push(() => webhook.close({ wait: 0 }));
  return { webhook, lines };
}

function client(webhook: RunningWebhook, ca: string): HttpsClient {
  const opened = new HttpsClient(webhook.endpoint.port, ca);
  closing.push(() => opened.close());
  return opened;
}

function fileFlags(): readonly string[] {
  return [
    '--tls-cert-file',
    join(directory, 'tls.crt'),
    '--tls-private-key-file',
    join(directory, 'tls.key'),
  ];
}

const admitAll: Admit = async () => decisionOf();

test('a newer certificate is served to new connections, without a restart and without cutting open ones', async () => {
  await writePair(first.certificate, first.key);
  const { webhook } = await start(admitAll, ...fileFlags());
  const trusting = first.ca + second.ca;
  const kept = client(webhook, trusting);
  const before = await kept.get('/livez');
  await writePair(second.certificate, second.key);
  const next = await until('the new certificate', async () => {
    const answer = await client(webhook, trusting).get('/livez');
    return answer.fingerprint !== before.fingerprint && answer;
  });
  assert.equal(next.status, 200);
  assert.equal((await kept.get('/livez')).fingerprint, before.fingerprint);
});

test('a pair that does not belong together is not served: the good one stays', async () => {
  await writePair(first.certificate, first.key);
  const { webhook, lines } = await start(admitAll, ...fileFlags());
  const { fingerprint } = await client(webhook, first.ca).get('/livez');
  await writePair(second.certificate, first.key);
  await until('the log says so', () =>
    lines.some((line) => line.includes('the private key does not belong')),
  );
  assert.equal((await client(webhook, first.ca).get('/livez')).fingerprint, fingerprint);
});

const UNUSABLE: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'no certificate',
    'hello',
    'KEY',
    /^Cannot use the serving certificate: it is no PEM certificate chain/,
  ],
  [
    'no key',
    'CERT',
    'hello',
    /^Cannot use the serving certificate: its key file holds no PEM private key$/,
  ],
];

for (const [title, certificate, key, message] of UNUSABLE) {
  test(`${title} at the start is an error, and nothing keeps running`, async () => {
    await writePair(
      certificate === 'CERT' ? first.certificate : certificate,
      key === 'KEY' ? first.key : key,
    );
    await assert.rejects(start(admitAll, ...fileFlags()), { message });
  });
}

test('an address that cannot be used is one clear message', async () => {
  const { webhook } = await start(admitAll);
  const taken = `127.0.0.1:${webhook.endpoint.port}`;
  await assert.rejects(start(admitAll, `--listen=${taken}`), {
    code: 'BAD_FLAG',
    message: new RegExp(`^Cannot listen on "${taken}": `),
  });
});

test('the self-made certificate stays the same over a restart when it is kept in a directory', async () => {
  const kept = join(directory, 'own');
  const fingerprints: string[] = [];
  for (let run = 0; run < 2; run += 1) {
    const { webhook, lines } = await start(admitAll, '--tls-self-made-dir', kept);
    const line = lines.find((text) => text.includes('"msg":"serving certificate"')) ?? '{}';
    fingerprints.push(String((JSON.parse(line) as Record<string, unknown>)['fingerprint']));
    await webhook.close({ wait: 0 });
    closing.pop();
  }
  assert.match(fingerprints[0] ?? '', /^[0-9A-F:]{95}$/);
  assert.equal(fingerprints[0], fingerprints[1]);
});

test('probes and metrics are served over plain HTTP where asked for, admission is not', async () => {
  const { webhook } = await start(admitAll, '--health-listen', '127.0.0.1:0');
  const base = `http://127.0.0.1:${webhook.health?.port}`;
  assert.equal(
    await (await fetch(`${base}/readyz?verbose`)).text(),
    '[+]shutdown ok\n[+]policies ok\n[+]certificate ok\n[+]trust-root ok\n   no policy needs one\nhealthy\n',
  );
  assert.match(await (await fetch(`${base}/metrics`)).text(), /^sign_policy_policies 1$/m);
  assert.equal((await fetch(`${base}/mutate`, { method: 'POST' })).status, 404);
});

test('draining: not ready at once, requests in flight are finished, connections are closed, then it ends', async () => {
  await writePair(first.certificate, first.key);
  let finish: (() => void) | undefined;
  const slow: Admit = () => new Promise((resolve) => (finish = () => resolve(decisionOf())));
  const { webhook } = await start(slow, ...fileFlags(), '--health-listen', '127.0.0.1:0');
  const kept = client(webhook, first.ca);
  const inFlight = kept.review('/validate?timeout=30s', reviewOf());
  await until('the request is being judged', () => finish !== undefined);

  const hurry = new AbortController();
  closing.pop();
  const closed = webhook.close({ wait: 60_000, hurry: hurry.signal });
  const ready = await client(webhook, first.ca).get('/readyz');
  assert.equal(ready.status, 503);
  assert.match(ready.text, /\[-\]shutdown failed: shutting down/);
  assert.equal(ready.headers.connection, 'close');

  hurry.abort();
  await until('new connections are refused', async () =>
    client(webhook, first.ca)
      .get('/livez')
      .then(() => false)
      .catch(() => true),
  );
  finish?.();
  const answer = await inFlight;
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"allowed":true/);
  await closed;
});
