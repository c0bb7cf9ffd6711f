import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { Agent } from 'undici';
import type { Decision } from '#shared/admission/decision.ts';
import { systemClock } from '#shared/base/clock.ts';
import { askRekor } from '#shared/log/ask-rekor.ts';
import { RekorLookup } from '#shared/log/rekor-lookup.ts';
import type { LogFetcher } from '#shared/signature/log-lookup.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { startEngine, type TestEngine } from '#test/support/admission/engine.ts';
import { patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import type { LogEntryJson, LogStep } from '#test/support/sigstore/logged-signature.ts';
import { rekorAnswer, startRekorServer } from '#test/support/sigstore/rekor-server.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import { storeSignatures } from '#test/support/sigstore/store-signature.ts';
import { unbundledLayer } from '#test/support/sigstore/unbundled-layer.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';

const sigstore = createVirtualSigstore();
const { rekor, time: at } = sigstore;
const { material } = readTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
const trustRoots = { get: () => material };

const registry = await startRegistry();
const server = await startRekorServer();
const elsewhere = await startRekorServer();
const agent = new Agent();
let listed: readonly string[] = [];
let engine: TestEngine;

beforeEach(() => {
  listed = [];
  server.setFault(undefined);
  engine = engineWith();
});
after(async () => {
  await agent.close();
  await registry.close();
  await server.close();
  await elsewhere.close();
});

function engineWith(): TestEngine {
  const fetcher: LogFetcher = {
    fetch: async (base, question, signal) =>
      askRekor(base, question, { dispatcherFor: () => agent, timeoutMs: 200, signal }),
  };
  const logLookup = new RekorLookup({ clock: systemClock, listed, fetcher });
  return startEngine({ trustRoots, logLookup });
}

let count = 0;

interface Image {
  readonly reference: string;
  readonly pinned: string;
  /** The entry that the log would have, uploaded or not. */
  readonly entry: LogEntryJson;
}

/** An image with one signature in the `.sig` tag that lacks the annotation with its log entry. */
function imageBy(
  signer: Signer,
  { log = rekor.entry(), uploads = true }: { log?: LogStep; uploads?: boolean } = {},
): Image {
  const repository = `acme/app${++count}`;
  const subject = subjectOf(registry, repository, putImage(registry, repository, { tag: 'v1' }));
  const { layer, entry } = unbundledLayer(subject, { signer, at, log });
  storeSignatures(registry, subject, { layers: [layer] });
  if (uploads) server.add(entry);
  const reference = `${registry.host}/${repository}:v1`;
  return { reference, pinned: `${reference}@${subject.digest}`, entry };
}

function policyOf(attestor: object, namespace?: string): ReturnType<typeof policiesFrom> {
  const rule = {
    name: 'signed',
    match: { any: [{ resources: { kinds: ['Pod'] } }] },
    verifyImages: [
      { imageReferences: [`${registry.host}/*`], attestors: [{ entries: [attestor] }] },
    ],
  };
  return policiesFrom(
    JSON.stringify({
      apiVersion: 'kyverno.io/v1',
      kind: namespace === undefined ? 'ClusterPolicy' : 'Policy',
      metadata: { name: 'p', ...(namespace === undefined ? {} : { namespace }) },
      spec: { validationFailureAction: 'Enforce', rules: [rule] },
    }),
  );
}

const NAMED = { rekor: { url: server.url } };
const KEYLESS = { keyless: { subject: DEFAULT_SUBJECT, issuer: DEFAULT_ISSUER, ...NAMED } };

function keys(signer: Signer, more: object = NAMED): object {
  return { keys: { publicKeys: signer.key.publicKeyPem, ...more } };
}

async function admit(image: Image, attestor: object, namespace?: string): Promise<Decision> {
  return engine.admit(requestFor(pod([image.reference])), {
    policies: policyOf(attestor, namespace),
    stage: 'mutate',
    pin: 'pods',
  });
}

async function assertPinned(image: Image, attestor: object, namespace?: string): Promise<void> {
  const decision = await admit(image, attestor, namespace);
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(patchedImages(decision), [image.pinned]);
}

async function assertRefused(
  image: Image,
  attestor: object,
  { message, outcome = 'denied' }: { message: RegExp; outcome?: Decision['outcome'] },
): Promise<void> {
  const decision = await admit(image, attestor);
  assert.equal(decision.allowed, false);
  assert.equal(decision.outcome, outcome);
  assert.match(decision.message ?? '', message);
}

/** How often the log is asked meanwhile. */
async function questionsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = server.questions.length;
  await work();
  return server.questions.length - before;
}

const SIGNERS: readonly (readonly [string, Signer])[] = [
  ['an ECDSA P-256 key', keySigner('ecdsa-p256')],
  ['an ECDSA P-384 key', keySigner('ecdsa-p384')],
  ['an RSA key', keySigner('rsa-2048')],
];

for (const [name, signer] of SIGNERS) {
  test(`online log: accepts the entry that the log has for a signature by ${name}`, async () => {
    await assertPinned(imageBy(signer), keys(signer));
  });
}

test('online log: accepts the entry that the log has for an identity, and gets its time from it', async () => {
  await assertPinned(imageBy(sigstore.keyless()), KEYLESS);
});

test('online log: accepts the certificate in the entry where the policy names its key', async () => {
  const signer = sigstore.keyless();
  await assertPinned(imageBy(signer), keys(signer));
});

test('online log: asks once for many that ask at once, and not again afterwards', async () => {
  const image = imageBy(sigstore.keyless());
  const asked = await questionsDuring(async () => {
    await Promise.all([assertPinned(image, KEYLESS), assertPinned(image, KEYLESS)]);
    await assertPinned(image, KEYLESS);
  });
  assert.equal(asked, 1);
});

test('online log: refuses a definite absence with a reason of its own', async () => {
  const image = imageBy(sigstore.keyless(), { uploads: false });
  const message =
    /brings no transparency log entry along, and the log http:\/\/127\.0\.0\.1:\d+ was asked and has none for it[\s\S]*to do: sign with an upload/;
  await assertRefused(image, KEYLESS, { message });
});

test('online log: verifies what the log answers as it verifies what signatures bring along', async () => {
  const other = imageBy(sigstore.keyless());
  const stranger = createVirtualSigstore();
  const cases: readonly (readonly [LogEntryJson | ((own: LogEntryJson) => object), RegExp])[] = [
    [other.entry, /log entry is about other content/],
    [
      (own) => ({
        ...own,
        inclusionPromise: { signedEntryTimestamp: Buffer.from('no').toString('base64') },
      }),
      /signed entry timestamp was not made by the log/,
    ],
    [
      (own) => ({ ...own, inclusionPromise: undefined, inclusionProof: undefined }),
      /neither a promise nor a proof/,
    ],
    [
      (own) => ({
        ...own,
        inclusionProof: { ...own.inclusionProof, rootHash: Buffer.alloc(32).toString('base64') },
      }),
      /inclusion proof does not lead to the checkpoint/,
    ],
  ];
  for (const [answer, message] of cases) {
    const image = imageBy(sigstore.keyless(), { uploads: false });
    const entry = typeof answer === 'function' ? answer(image.entry) : answer;
    server.setFault({ kind: 'body', body: JSON.stringify([rekorAnswer(entry as LogEntryJson)]) });
    await assertRefused(image, KEYLESS, { message });
  }
  server.setFault(undefined);
  const untrusted = imageBy(sigstore.keyless(), { log: stranger.rekor.entry() });
  await assertRefused(untrusted, KEYLESS, { message: /log entry is of a log that is not trusted/ });
});

test('online log: is not asked where a bundle is there, where logs are ignored, or where none is named', async () => {
  const signer = keySigner('ecdsa-p256');
  const cases: readonly (readonly [string, object, boolean])[] = [
    ['ignored', keys(signer, { rekor: { url: server.url, ignoreTlog: true } }), true],
    ['not named', keys(signer, {}), false],
    ['only its key named', keys(signer, { rekor: { pubkey: sigstore.pem.rekor } }), false],
    ['another signer', keys(keySigner('ecdsa-p256')), false],
    [
      'another identity',
      { keyless: { ...KEYLESS.keyless, subject: 'mallory@example.com' } },
      false,
    ],
  ];
  for (const [name, attestor, allowed] of cases) {
    const image = imageBy(name === 'another identity' ? sigstore.keyless() : signer);
    const asked = await questionsDuring(async () => {
      assert.equal((await admit(image, attestor)).allowed, allowed, name);
    });
    assert.equal(asked, 0, name);
  }
});

test('online log: a log that cannot be asked leaves the answer open, and is asked again', async () => {
  const image = imageBy(sigstore.keyless());
  const open = 'unknown';
  server.setFault({ kind: 'status', status: 503 });
  await assertRefused(image, KEYLESS, {
    outcome: open,
    message: /Cannot ask the transparency log http:\S+: the answer is 503/,
  });
  server.setFault({ kind: 'hang' });
  await assertRefused(image, KEYLESS, { outcome: open, message: /no answer within 200 ms/ });
  server.setFault({ kind: 'status', status: 429 });
  await assertRefused(image, KEYLESS, { outcome: open, message: /too many requests/ });
  server.setFault(undefined);
  await assertPinned(image, KEYLESS);
});

test('online log: what is no log is named as such, within limits', async () => {
  const image = imageBy(sigstore.keyless());
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<html>', /the transparency log \S+: Cannot parse JSON/],
    ['{}', /the answer is no list of entries/],
    ['[{"a":{}}]', /log entry has no logID/],
    [`["${'x'.repeat(300_000)}"]`, /the answer has more than 262144 bytes/],
  ];
  for (const [body, message] of cases) {
    server.setFault({ kind: 'body', body });
    await assertRefused(image, KEYLESS, { outcome: 'unknown', message });
  }
});

test('online log: a redirect is not followed', async () => {
  server.setFault({ kind: 'status', status: 307, location: elsewhere.url });
  const message = /the answer is 307, expected 200 from a Rekor v1 log/;
  await assertRefused(imageBy(sigstore.keyless()), KEYLESS, { outcome: 'unknown', message });
  assert.equal(elsewhere.questions.length, 0);
});

test('online log: a policy of a namespace has only those logs asked that the administrator lists', async () => {
  const image = imageBy(sigstore.keyless());
  const namespace = 'prod';
  const asked = await questionsDuring(async () => {
    const decision = await admit(image, KEYLESS, namespace);
    assert.equal(decision.allowed, false);
    assert.equal(decision.outcome, 'denied');
    assert.match(decision.message ?? '', /a policy of a namespace names it, .*--log-url/);
  });
  assert.equal(asked, 0);
  listed = [`${server.url}/`];
  engine = engineWith();
  await assertPinned(image, KEYLESS, namespace);
});
