import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sha256Digest } from '#shared/base/digest.ts';
import type { KeyAttestor } from '#shared/policy/model.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import type { FailureReason } from '#shared/verification/verdict.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';
import { indentPem, policiesFrom } from '#test/support/admission/policies.ts';
import { makeSigner } from '#test/support/notation/certificate-maker.ts';
import {
  entryOf,
  notationAttestor,
  startVerifier,
} from '#test/support/notation/notation-engine.ts';
import { FORMATS, SIGNING_TIME } from '#test/support/notation/notation-signer.ts';
import {
  makeNotationWorld,
  NOW,
  type StatementOptions,
} from '#test/support/notation/notation-world.ts';
import { putNotation, type PutNotationOptions } from '#test/support/notation/put-notation.ts';
import { makeTimestampToken } from '#test/support/notation/timestamp-authority.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signBundle } from '#test/support/signer/sign-bundle.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { putSignedImage, type TestImage } from '#test/support/signer/signed-image.ts';

const { chain, strangers, authority } = makeNotationWorld();
const [, intermediate, root] = chain;
const [, strangeRoot] = strangers;
const [, timestampRoot] = authority;
assert.ok(intermediate && root && strangeRoot && timestampRoot);

const registry = await startRegistry();
const engine = startVerifier();
after(async () => {
  await engine.close();
  await registry.close();
});

const key = generateSignerKey();
const [publicKey] = parsePublicKeys(key.publicKeyPem);
assert.ok(publicKey);
const keyAttestor: KeyAttestor = {
  kind: 'key',
  path: 'spec.attestors[0].entries[1]',
  key: publicKey,
  log: { kind: 'ignored' },
  annotations: {},
  repository: undefined,
};
const TRUSTED: StatementOptions = { ca: root };

let images = 0;

function image(...signatures: readonly PutNotationOptions[]): TestImage {
  images += 1;
  const made = putSignedImage(registry, `acme/app${images}:v1`, { key, format: 'none' });
  for (const options of signatures) putNotation(registry, made, chain, options);
  return made;
}

for (const format of FORMATS)
  for (const layout of ['artifact-type', 'config-type'] as const)
    for (const referrersApi of [true, false])
      test(`a ${format} signature satisfies (${layout}, ${referrersApi ? 'API' : 'fallback tag'})`, async () => {
        const made = image();
        const digest = putNotation(registry, made, chain, { format, layout });
        if (!referrersApi) listInTag(made, digest);
        registry.behaviour.referrersApi = referrersApi;
        const verdict = await engine.verify(made.reference, entryOf([notationAttestor(TRUSTED)]));
        registry.behaviour.referrersApi = true;
        assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
        assert.equal(verdict.digest, made.digest);
        const [fact] = verdict.signatures;
        assert.equal(fact?.format, `notation-${format}`);
        assert.equal(fact.place, referrersApi ? 'referrers-api' : 'fallback-tag');
        assert.deepEqual(fact.identity?.subjects, ['CN=release signer,O=Acme,ST=WA,C=US']);
        assert.equal(fact.identity.issuer, 'CN=Test root');
        assert.equal(fact.claimedTime, new Date(SIGNING_TIME).toISOString());
      });

/** What clients write where there is no referrers API: an index under the digest's own tag. */
function listInTag({ repository, digest }: TestImage, signature: string): void {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifests = [{ mediaType, digest: signature, size: 1 }];
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
  };
  registry.putManifest(repository, digest.replace(':', '-'), {
    bytes: Buffer.from(JSON.stringify(index)),
    mediaType: index.mediaType,
  });
}

test('facts tell metadata and a timestamp with its authority', async () => {
  const timestamp = (signature: Buffer): Buffer =>
    makeTimestampToken(signature, authority, { time: SIGNING_TIME, accuracy: 1 });
  const made = image({ metadata: { build: '7' }, timestamp });
  const attestor = notationAttestor({ ca: root, tsa: timestampRoot }, { metadata: { build: '7' } });
  const verdict = await engine.verify(made.reference, entryOf([attestor]));
  assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
  const [fact] = verdict.signatures;
  assert.deepEqual(fact?.annotations, { build: '7' });
  const time = new Date(SIGNING_TIME + 1000).toISOString();
  assert.deepEqual(fact.timestamps, [{ authority: 'CN=Test timestamps', time }]);
});

test('what the level only logs is told as a warning', async () => {
  const made = image({ expiry: NOW - 1000 });
  const attestor = notationAttestor({ ca: root, level: 'permissive' });
  const verdict = await engine.verify(made.reference, entryOf([attestor]));
  assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
  assert.match(verdict.signatures[0]?.warnings?.join() ?? '', /the signature expired at 2030/);
});

interface Refusal {
  readonly what: string;
  readonly sign?: PutNotationOptions;
  readonly policy?: StatementOptions;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly reason: FailureReason;
  readonly message: RegExp;
}

const OTHER = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256Digest('x'),
};

const REFUSED: readonly Refusal[] = [
  {
    what: 'a stranger’s root',
    policy: { ca: strangeRoot },
    reason: 'UNTRUSTED_CERTIFICATE',
    message:
      /attestors\[0\]\.entries\[0\]: the certificate of "CN=release signer.*is not issued by a trusted authority/,
  },
  {
    what: 'another identity',
    policy: { ca: root, identities: ['x509.subject: C=US, ST=WA, O=Umbrella'] },
    reason: 'IDENTITY_MISMATCH',
    message: /signed by "CN=release signer,O=Acme,ST=WA,C=US", policy wants ".*O=Umbrella"/,
  },
  {
    what: 'a signature for another image (MNH-02)',
    sign: { target: { ...OTHER, size: 500 } },
    reason: 'WRONG_DIGEST',
    message: /the signature is for sha256:/,
  },
  {
    what: 'an expired signature',
    sign: { expiry: NOW - 1000 },
    reason: 'NO_SIGNING_TIME',
    message: /the signature expired at/,
  },
  {
    what: 'missing metadata (MNH-10)',
    metadata: { build: '8' },
    sign: { metadata: { build: '7' } },
    reason: 'ANNOTATION_MISMATCH',
    message: /lacks the required metadata build=8/,
  },
  {
    what: 'a missing timestamp',
    policy: { ca: root, tsa: timestampRoot },
    reason: 'NO_SIGNING_TIME',
    message: /has no timestamp, and the policy names an authority/,
  },
  {
    what: 'an authority’s store only',
    policy: { signingAuthority: root },
    reason: 'UNTRUSTED_CERTIFICATE',
    message: /has no trust store of type "ca"/,
  },
];

for (const { what, sign = {}, policy = TRUSTED, metadata = {}, reason, message } of REFUSED)
  for (const format of FORMATS)
    test(`${format}: ${what} is refused with its reason`, async () => {
      const made = image({ ...sign, format });
      const entry = entryOf([notationAttestor(policy, { metadata })]);
      const verdict = await engine.verify(made.reference, entry);
      assert.equal(verdict.kind, 'fail', JSON.stringify(verdict));
      assert.equal(verdict.reason, reason);
      assert.match(verdict.message, message);
      assert.match(verdict.details.join('\n'), /found: a Notary Project signature in 127/);
    });

test('MNH-26 a hostile signature beside a good one does not hide it', async () => {
  const made = image({ alter: () => Buffer.from('{') }, {}, { format: 'cose', alter: flip });
  const verdict = await engine.verify(made.reference, entryOf([notationAttestor(TRUSTED)]));
  assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
  assert.equal(verdict.signatures.length, 1);
});

/** As many signatures of one image as are read. */
const ALTERED = 30;

function flip(envelope: Buffer): Buffer {
  const altered = Buffer.from(envelope);
  altered[altered.length - 20] = (altered.at(-20) ?? 0) ^ 1;
  return altered;
}

for (const format of FORMATS)
  test(`${format}: no byte of an envelope can be altered, the name of the signer’s program aside`, async () => {
    const made = image();
    let count = 0;
    const alter = (envelope: Buffer): Buffer => {
      const altered = Buffer.from(envelope);
      const agent = envelope.indexOf('io.cncf.notary.signingAgent');
      const at = Math.floor(((count + 0.5) * altered.length) / ALTERED);
      const isAgent = at >= agent && at < envelope.indexOf('test/1') + 'test/1'.length;
      const place = isAgent ? 0 : at;
      altered[place] = (altered[place] ?? 0) ^ 1;
      return altered;
    };
    for (count = 0; count < ALTERED; count += 1)
      putNotation(registry, made, chain, { format, alter });
    const verdict = await engine.verify(made.reference, entryOf([notationAttestor(TRUSTED)]));
    assert.equal(verdict.kind, 'fail', JSON.stringify(verdict));
  });

test('MNH-09 one key under two certificates counts once, two keys twice', async () => {
  const made = image({});
  const [signer] = chain;
  assert.ok(signer);
  const renewed = makeSigner(intermediate, { key: signer.key });
  putNotation(registry, made, [renewed, intermediate, root]);
  const attestors = [0, 1, 2].map((index) =>
    notationAttestor(TRUSTED, { path: `spec.attestors[0].entries[${index}]` }),
  );
  const entry = entryOf(attestors, { count: 2 });
  const once = await engine.verify(made.reference, entry);
  assert.equal(once.kind, 'fail', JSON.stringify(once));
  assert.match(once.message, /1 of 3 attestors verified, 2 distinct signers are required/);
  const more = image({});
  putNotation(registry, more, [makeSigner(intermediate), intermediate, root]);
  assert.equal((await engine.verify(more.reference, entry)).kind, 'pass');
});

test('attestors of both kinds stand side by side, nested ones too', async () => {
  const made = image({});
  const nested = {
    kind: 'nested',
    path: 'spec.attestors[0].entries[0].attestor',
    set: { path: 'nested', count: 'all', entries: [notationAttestor(TRUSTED)] },
  } as const;
  const entry = entryOf([nested, keyAttestor]);
  const before = await engine.verify(made.reference, entry);
  assert.equal(before.kind, 'fail');
  assert.match(before.message, /entries\[1\]: no signatures found/);
  const signed = image({});
  signSimple(registry, signed, key);
  const verdict = await engine.verify(signed.reference, entry);
  assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
  assert.deepEqual(
    verdict.signatures.map(({ format }) => format),
    ['notation-jws', 'cosign-simple-signing'],
  );
});

test('signatures in another repository are found where the policy names it, and only there', async () => {
  const made = image({ storeIn: 'notary/all' });
  const elsewhere = notationAttestor(TRUSTED, { repository: `${registry.host}/notary/all` });
  assert.equal((await engine.verify(made.reference, entryOf([elsewhere]))).kind, 'pass');
  const here = await engine.verify(made.reference, entryOf([notationAttestor(TRUSTED)]));
  assert.equal(here.kind, 'fail');
  assert.match(here.message, /no Notary Project signatures found/);
});

test('MNH-33 a Notary Project signature is told to a policy that reads keys', async () => {
  for (const layout of ['artifact-type', 'config-type'] as const) {
    const made = image({ layout });
    const verdict = await engine.verify(made.reference, entryOf([keyAttestor]));
    assert.equal(verdict.kind, 'fail');
    assert.match(
      verdict.details.join('\n'),
      /a Notary Project signature, which keys and identities/,
    );
  }
});

test('MNH-33 cosign signatures are told to a policy that reads Notary Project signatures', async () => {
  const made = image();
  signSimple(registry, made, key);
  signBundle(registry, made, key);
  const verdict = await engine.verify(made.reference, entryOf([notationAttestor(TRUSTED)]));
  assert.equal(verdict.kind, 'fail');
  assert.equal(verdict.reason, 'NO_SIGNATURES');
  assert.match(verdict.details.join('\n'), /found: a cosign signature in .*\(signature-tag\)/);
  assert.match(verdict.details.join('\n'), /found: a Sigstore bundle in .*\(referrers-api\)/);
});

test('a policy that skips verification, or is for other repositories, trusts nobody', async () => {
  const made = image({});
  const skip = await engine.verify(
    made.reference,
    entryOf([notationAttestor({ ca: root, level: 'skip' })]),
  );
  assert.equal(skip.kind, 'fail');
  assert.match(skip.message, /is not for repository 127/);
  const { statement } = notationAttestor(TRUSTED);
  const skipped = { ...statement, level: 'skip' } as const;
  const skipping = notationAttestor(skipped);
  const everywhere = await engine.verify(made.reference, entryOf([skipping]));
  assert.equal(everywhere.kind, 'fail');
  assert.match(everywhere.message, /skips verification, so it trusts nobody/);
});

test('MNH-32 certificates that can be revoked leave the answer open where nobody asks', async () => {
  const made = image();
  const signer = makeSigner(intermediate, { crl: 'http://127.0.0.1:9/crl' });
  putNotation(registry, made, [signer, intermediate, root]);
  const entry = entryOf([notationAttestor(TRUSTED)]);
  const open = await engine.verify(made.reference, entry);
  assert.equal(open.kind, 'error', JSON.stringify(open));
  assert.equal(open.reason, 'REVOCATION_NOT_CHECKED');
  assert.equal(open.transient, false);
});

for (const [kind, expected] of [
  ['good', 'pass'],
  ['revoked', 'UNTRUSTED_CERTIFICATE'],
  ['unknown', 'REVOCATION_UNKNOWN'],
] as const)
  test(`with a revocation checker, ${kind} certificates come to ${expected}`, async () => {
    const made = image({});
    const answer = { kind, message: 'said the test', transient: true } as const;
    const asking = startVerifier({ revocation: { check: async () => Promise.resolve(answer) } });
    const verdict = await asking.verify(made.reference, entryOf([notationAttestor(TRUSTED)]));
    await asking.close();
    assert.equal(
      verdict.kind === 'fail' || verdict.kind === 'error' ? verdict.reason : 'pass',
      expected,
    );
  });

test('evidence that satisfies costs no request the second time', async () => {
  const made = image({});
  const entry = entryOf([notationAttestor(TRUSTED)]);
  assert.equal((await engine.verify(made.reference, entry)).kind, 'pass');
  registry.reset();
  assert.equal((await engine.verify(made.reference, entry)).kind, 'pass');
  assert.deepEqual(registry.requests, []);
});

test('a ClusterPolicy of type Notary admits and pins what is signed, and nothing else', async () => {
  const policies = policiesFrom(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: notary }
spec:
  rules:
    - name: signed
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - type: Notary
          imageReferences: ['${registry.host}/*']
          failureAction: Enforce
          attestors:
            - entries:
                - certificates:
                    cert: |-
${indentPem(root.pem, 22)}
`);
  const admission = startEngine();
  const good = image({ format: 'cose' });
  const bad = image();
  putNotation(registry, bad, strangers);
  const decide = async (made: TestImage) =>
    admission.admit(requestFor(pod([made.reference])), { policies, stage: 'mutate', pin: 'pods' });
  const admitted = await decide(good);
  const denied = await decide(bad);
  await admission.close();
  assert.equal(admitted.allowed, true, admitted.message);
  assert.deepEqual(admitted.patch, [
    { op: 'replace', path: '/spec/containers/0/image', value: good.pinned },
  ]);
  assert.equal(denied.outcome, 'denied');
  assert.match(denied.message, /is not issued by a trusted authority/);
});
