import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OnlineRevocationChecker } from '#shared/notation/revocation-checker.ts';
import type { RevocationAnswer } from '#shared/notation/revocation.ts';
import { httpRevocationFetcher } from '#shared/notation/revocation-fetcher.ts';
import { seq } from '#test/support/notation/asn1.ts';
import {
  DIGITAL_SIGNATURE,
  distributionPoint,
  extension,
  type MadeCertificate,
  makeCertificate,
  makeIntermediate,
  makeRoot,
  makeSigner,
  OCSP_SIGNING,
} from '#test/support/notation/certificate-maker.ts';
import { asRead, SIGNING_TIME } from '#test/support/notation/notation-signer.ts';
import { NOW } from '#test/support/notation/notation-world.ts';
import {
  CRL_NUMBER,
  issuingPoint,
  makeOcspAnswer,
  makeRevocationList,
  RevocationResponder,
  type RevokedEntry,
} from '#test/support/notation/revocation-responder.ts';

const responder = new RevocationResponder();
before(() => responder.start());
after(() => responder.stop());

const root = makeRoot();
let paths = 0;

interface Ask {
  readonly ocsp?: (signer: MadeCertificate) => Parameters<RevocationResponder['answer']>[1];
  readonly crl?: (signer: MadeCertificate) => Parameters<RevocationResponder['answer']>[1];
  readonly delta?: (signer: MadeCertificate) => Buffer;
  readonly signingTime?: number;
  readonly issuer?: MadeCertificate;
}

/** A fresh signer whose certificate names places of the responder, and what the checker says of it. */
async function ask({
  ocsp,
  crl,
  delta,
  signingTime,
  issuer = root,
}: Ask): Promise<RevocationAnswer> {
  paths += 1;
  const path = (kind: string): string => `/${kind}/${paths}`;
  const signer = makeSigner(issuer, {
    ...(ocsp === undefined ? {} : { ocsp: responder.address(path('ocsp')) }),
    ...(crl === undefined ? {} : { crl: responder.address(path('crl')) }),
  });
  if (ocsp !== undefined) responder.answer(path('ocsp'), ocsp(signer));
  if (crl !== undefined) responder.answer(path('crl'), crl(signer));
  if (delta !== undefined) responder.answer('/delta', delta(signer));
  return check([signer, issuer], signingTime);
}

function check(
  chain: readonly MadeCertificate[],
  signingTime: number | undefined,
  signal?: AbortSignal,
): Promise<RevocationAnswer> {
  const checker = new OnlineRevocationChecker({
    fetcher: httpRevocationFetcher,
    clock: { now: () => NOW },
  });
  const question = { purpose: 'signing', chain: chain.map(asRead), signingTime } as const;
  return checker.check(question, { signal });
}

const list = (...entries: readonly RevokedEntry[]): Buffer => makeRevocationList(root, entries);
const delegate = makeCertificate(root, {
  subject: [['CN', 'Responder']],
  keyUsage: { bits: [DIGITAL_SIGNATURE] },
  purposes: { oids: [OCSP_SIGNING] },
});
const stranger = makeRoot({ subject: [['CN', 'Strange root']] });
const noPurpose = makeSigner(root);
const noLists = makeRoot({ keyUsage: { bits: [5] } });
const freshest = (): Buffer =>
  extension('2.5.29.46', false, distributionPoint(responder.address('/delta')));
const delta = (number: number, ...entries: readonly RevokedEntry[]): Buffer =>
  makeRevocationList(root, entries, {
    extensions: [CRL_NUMBER(number), extension('2.5.29.27', true, Buffer.from([2, 1, 1]))],
  });
const based = (...entries: readonly RevokedEntry[]): Buffer =>
  makeRevocationList(root, entries, { extensions: [CRL_NUMBER(1), freshest()] });

const ANSWERS: readonly [
  what: string,
  ask: Ask,
  kind: RevocationAnswer['kind'],
  message?: RegExp,
][] = [
  ['no place to ask', {}, 'good'],
  ['OCSP says good', { ocsp: (it) => makeOcspAnswer(it, root) }, 'good'],
  [
    'OCSP says revoked',
    { ocsp: (it) => makeOcspAnswer(it, root, { status: 'revoked' }) },
    'revoked',
  ],
  ['a delegate says good', { ocsp: (it) => makeOcspAnswer(it, root, { delegate }) }, 'good'],
  [
    'OCSP says revoked, invalid from after the signature',
    {
      ocsp: (it) =>
        makeOcspAnswer(it, root, { status: 'revoked', invalidFrom: SIGNING_TIME + 1000 }),
      signingTime: SIGNING_TIME,
    },
    'good',
  ],
  [
    'OCSP says revoked, invalid from after an unproven time',
    {
      ocsp: (it) =>
        makeOcspAnswer(it, root, { status: 'revoked', invalidFrom: SIGNING_TIME + 1000 }),
    },
    'revoked',
  ],
  [
    'OCSP does not know',
    { ocsp: (it) => makeOcspAnswer(it, root, { status: 'unknown' }) },
    'unknown',
    /does not know it/,
  ],
  [
    'OCSP answers for another certificate',
    { ocsp: (it) => makeOcspAnswer(it, root, { about: root }) },
    'unknown',
    /about another certificate/,
  ],
  [
    'an OCSP answer is old',
    { ocsp: (it) => makeOcspAnswer(it, root, { until: NOW - 1000 }) },
    'unknown',
    /not for this time/,
  ],
  [
    'an OCSP answer is from tomorrow',
    { ocsp: (it) => makeOcspAnswer(it, root, { from: NOW + 3_600_000 }) },
    'unknown',
    /not for this time/,
  ],
  [
    'an OCSP answer counts for ever',
    { ocsp: (it) => makeOcspAnswer(it, root, { until: undefined }) },
    'unknown',
    /does not say how long/,
  ],
  [
    'a stranger answers',
    { ocsp: (it) => makeOcspAnswer(it, root, { delegate: stranger }) },
    'unknown',
    /not signed by the issuer or for it/,
  ],
  [
    'a signer of the same issuer answers',
    { ocsp: (it) => makeOcspAnswer(it, root, { delegate: noPurpose }) },
    'unknown',
    /not signed by the issuer or for it/,
  ],
  [
    'OCSP refuses',
    { ocsp: () => Buffer.from('30030a0103', 'hex') },
    'unknown',
    /refused \(status 3\)/,
  ],
  ['OCSP sends junk', { ocsp: () => Buffer.from('<html>') }, 'unknown', /cannot be read/],
  ['OCSP sends too much', { ocsp: () => Buffer.alloc(21_000) }, 'unknown', /more than 20480 bytes/],
  ['OCSP fails', { ocsp: () => 500 }, 'unknown', /answered with status 500/],
  ['OCSP redirects', { ocsp: () => 302 }, 'unknown', /answered with status 302/],
  ['a list says good', { crl: () => list() }, 'good'],
  ['a list holds others', { crl: () => list({ certificate: noPurpose }) }, 'good'],
  ['a list says revoked', { crl: (it) => list({ certificate: it }) }, 'revoked'],
  [
    'a list says revoked among others',
    { crl: (it) => list({ certificate: noPurpose }, { certificate: it, reason: 1 }) },
    'revoked',
  ],
  ['a list says on hold', { crl: (it) => list({ certificate: it, reason: 6 }) }, 'revoked'],
  [
    'a list says no more on hold',
    { crl: (it) => list({ certificate: it, reason: 8, at: NOW }, { certificate: it, reason: 6 }) },
    'good',
  ],
  [
    'a list says invalid from after the signature',
    {
      crl: (it) => list({ certificate: it, reason: 1, invalidFrom: SIGNING_TIME + 1000 }),
      signingTime: SIGNING_TIME,
    },
    'good',
  ],
  [
    'a list says invalid from before the signature',
    {
      crl: (it) => list({ certificate: it, reason: 1, invalidFrom: SIGNING_TIME }),
      signingTime: SIGNING_TIME,
    },
    'revoked',
  ],
  [
    'an entry that nobody understands',
    { crl: (it) => list({ certificate: it, extensions: [extension('1.2.3', true, seq())] }) },
    'unknown',
    /unknown critical extension/,
  ],
  [
    'a list that nobody understands',
    { crl: () => makeRevocationList(root, [], { extensions: [extension('1.2.3', true, seq())] }) },
    'unknown',
    /unknown critical extension 1.2.3/,
  ],
  [
    'an outdated list',
    { crl: () => makeRevocationList(root, [], { until: NOW - 1000 }) },
    'unknown',
    /list is outdated/,
  ],
  [
    'a list without end',
    { crl: () => makeRevocationList(root, [], { until: undefined }) },
    'unknown',
    /does not say how long/,
  ],
  [
    'a list by a stranger',
    { crl: () => makeRevocationList(root, [], { signingKey: stranger }) },
    'unknown',
    /not signed by the issuer/,
  ],
  [
    'a list of another issuer',
    { crl: () => makeRevocationList(stranger, []) },
    'unknown',
    /not signed/,
  ],
  [
    'a list of another issuer with the same key',
    { crl: () => makeRevocationList({ ...root, name: stranger.name }, []) },
    'unknown',
    /of another issuer/,
  ],
  [
    'an issuer that may not sign lists',
    { issuer: noLists, crl: () => makeRevocationList(noLists, []) },
    'unknown',
    /not signed by the issuer/,
  ],
  [
    'a list for CA certificates only',
    { crl: () => makeRevocationList(root, [], { extensions: [issuingPoint({ flag: 2 })] }) },
    'unknown',
    /list is for other certificates/,
  ],
  [
    'a list for signers only',
    { crl: () => makeRevocationList(root, [], { extensions: [issuingPoint({ flag: 1 })] }) },
    'good',
  ],
  [
    'an indirect list',
    { crl: () => makeRevocationList(root, [], { extensions: [issuingPoint({ flag: 4 })] }) },
    'unknown',
    /list is for other certificates/,
  ],
  [
    'a list of another place',
    {
      crl: () =>
        makeRevocationList(root, [], { extensions: [issuingPoint({ address: 'http://x/' })] }),
    },
    'unknown',
    /list is for other certificates/,
  ],
  ['a list that is no list', { crl: () => root.der }, 'unknown', /the list /],
  ['a list that is not there', { crl: () => 404 }, 'unknown', /answered with status 404/],
  [
    'changes since the list say revoked',
    { crl: () => based(), delta: (it) => delta(2, { certificate: it }) },
    'revoked',
  ],
  ['changes since the list say nothing', { crl: () => based(), delta: () => delta(2) }, 'good'],
  [
    'changes that are older than the list',
    { crl: () => based(), delta: () => delta(1) },
    'unknown',
    /changes does not fit its base list/,
  ],
  [
    'changes that cannot be had',
    { crl: () => based(), delta: () => Buffer.from('x') },
    'unknown',
    /list cannot be read/,
  ],
  ['no OCSP, then a list', { ocsp: () => 500, crl: () => list() }, 'good'],
  [
    'no OCSP, then a list that revokes',
    { ocsp: () => 500, crl: (it) => list({ certificate: it }) },
    'revoked',
  ],
  [
    'OCSP first',
    { ocsp: (it) => makeOcspAnswer(it, root), crl: (it) => list({ certificate: it }) },
    'good',
  ],
];

for (const [what, question, kind, message = /revoked/] of ANSWERS)
  test(`OnlineRevocationChecker says ${kind} where ${what}`, async () => {
    const answer = await ask(question);
    assert.equal(answer.kind, kind, JSON.stringify(answer));
    if (answer.kind === 'good') return;
    assert.match(answer.message, message);
    assert.match(answer.message, /certificate "CN=release signer,O=Acme,ST=WA,C=US"/);
  });

test('OnlineRevocationChecker asks about every certificate but the root', async () => {
  const address = responder.address('/intermediate');
  const intermediate = makeIntermediate(root, { crl: address });
  responder.answer('/intermediate', list({ certificate: intermediate }));
  const answer = await check([makeSigner(intermediate), intermediate, root], undefined);
  assert.equal(answer.kind, 'revoked');
  assert.match(answer.message, /"CN=Test intermediate" was revoked/);
});

test('OnlineRevocationChecker posts an OCSP request with the certificate and its issuer', async () => {
  const from = responder.requests.length;
  await ask({ ocsp: (it) => makeOcspAnswer(it, root) });
  const [request] = responder.requests.slice(from);
  assert.equal(request?.method, 'POST');
  assert.equal(request.body[0], 0x30);
});

test('OnlineRevocationChecker asks nobody but HTTP servers', async () => {
  for (const address of ['https://127.0.0.1/x', 'file:///etc/hosts', 'ldap://x/y', 'junk']) {
    const answer = await check([makeSigner(root, { crl: address }), root], undefined);
    assert.equal(answer.kind, 'unknown');
    assert.match(answer.message, /expected an address that starts with "http:\/\/"/);
  }
});

test('MNH-17 OnlineRevocationChecker stops waiting when its caller may wait no longer', async () => {
  responder.answer('/hang', 'hang');
  const signer = makeSigner(root, { crl: responder.address('/hang') });
  const answer = await check([signer, root], undefined, AbortSignal.timeout(20));
  assert.equal(answer.kind, 'unknown');
  assert.equal(answer.transient, true);
  const late = await check([signer, root], undefined, AbortSignal.abort());
  assert.equal(late.kind, 'unknown');
});

test('MNH-19 OnlineRevocationChecker keeps answers for a while, and errors never', async () => {
  let now = NOW;
  const checker = new OnlineRevocationChecker({
    fetcher: httpRevocationFetcher,
    clock: { now: () => now },
  });
  const signer = makeSigner(root, { crl: responder.address('/kept') });
  const question = {
    purpose: 'signing',
    chain: [signer, root].map(asRead),
    signingTime: undefined,
  } as const;
  const ask = async (): Promise<string> => (await checker.check(question)).kind;
  responder.answer('/kept', 503);
  assert.equal(await ask(), 'unknown');
  responder.answer('/kept', list());
  assert.deepEqual(await Promise.all([ask(), ask()]), ['good', 'good']);
  responder.answer('/kept', list({ certificate: signer }));
  assert.equal(await ask(), 'good');
  assert.equal(responder.requests.filter(({ path }) => path === '/kept').length, 2);
  now += 60 * 60 * 1000;
  assert.equal(await ask(), 'revoked');
});
