import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Decision } from '#shared/admission/decision.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { putImage } from '#test/support/registry/image.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import type { SignedSubject } from '#test/support/signer/artifact-store.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { type BundleJson, statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import { GITHUB_CLAIMS } from '#test/support/sigstore/fulcio-claims.ts';
import {
  type LegacyLayer,
  legacyAttestation,
  legacySignature,
} from '#test/support/sigstore/legacy-layer.ts';
import type { SigningRequest } from '#test/support/sigstore/signing-request.ts';
import {
  storeAttestations,
  storeBundle,
  storeLegacyReferrer,
  storeSignatures,
} from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';

const sigstore = createVirtualSigstore();
const stranger = createVirtualSigstore();
const { rekor, rekorV2, tsa, pem, time: at } = sigstore;
const { material } = readTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
const PROVENANCE = 'https://slsa.dev/provenance/v1';

const registry = await startRegistry();
const engine = startEngine({ trustRoots: { get: () => material } });
const rootless = startEngine();
after(async () => {
  await engine.close();
  await rootless.close();
  await registry.close();
});

interface Image extends SignedSubject {
  readonly reference: string;
  readonly pinned: string;
}

let count = 0;

/** A new image with what `attach` stores beside it. */
function imageWith(attach: (subject: SignedSubject) => unknown): Image {
  const repository = `acme/app${++count}`;
  const descriptor = putImage(registry, repository, { tag: 'v1' });
  const subject = subjectOf(registry, repository, descriptor);
  attach(subject);
  const reference = `${registry.host}/${repository}:v1`;
  return { ...subject, reference, pinned: `${reference}@${subject.digest}` };
}

function request(more: Partial<SigningRequest> = {}): SigningRequest {
  const signer = more.signer ?? sigstore.keyless({ claims: GITHUB_CLAIMS });
  return { at, logs: [rekor.entry()], ...more, signer };
}

function layer(subject: SignedSubject, more: Partial<SigningRequest> = {}): readonly LegacyLayer[] {
  return [legacySignature(subject, request(more))];
}

function bundleOf({ digest }: SignedSubject, more: Partial<SigningRequest> = {}): BundleJson {
  return statementBundle(digest, request(more));
}

/** One entry of a policy around JSON, which is YAML too. */
function policyOf(entry: object): ReturnType<typeof policiesFrom> {
  const rule = {
    name: 'signed',
    match: { any: [{ resources: { kinds: ['Pod'] } }] },
    verifyImages: [{ imageReferences: [`${registry.host}/*`], ...entry }],
  };
  return policiesFrom(
    JSON.stringify({
      apiVersion: 'kyverno.io/v1',
      kind: 'ClusterPolicy',
      metadata: { name: 'p' },
      spec: { validationFailureAction: 'Enforce', rules: [rule] },
    }),
  );
}

function attestors(...entries: readonly object[]): { readonly attestors: readonly object[] } {
  return { attestors: [{ entries }] };
}

const WHO = { subject: DEFAULT_SUBJECT, issuer: DEFAULT_ISSUER };
const KEYLESS = attestors({ keyless: WHO });

async function admit(image: Image, entry: object, { admit } = engine): Promise<Decision> {
  return admit(requestFor(pod([image.reference])), {
    policies: policyOf(entry),
    stage: 'mutate',
    pin: 'pods',
  });
}

async function assertPinned(image: Image, entry: object, from = engine): Promise<void> {
  const decision = await admit(image, entry, from);
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(patchedImages(decision), [image.pinned]);
}

async function assertRefused(image: Image, entry: object, message: RegExp): Promise<void> {
  const decision = await admit(image, entry);
  assert.equal(decision.allowed, false);
  assert.match(decision.message ?? '', message);
}

function putSig(subject: SignedSubject): void {
  storeSignatures(registry, subject, { layers: layer(subject) });
}

function putBundle(subject: SignedSubject): void {
  storeBundle(registry, subject, { bundle: bundleOf(subject) });
}

const FORMS: Readonly<Record<string, (subject: SignedSubject) => unknown>> = {
  'a .sig tag': putSig,
  'a legacy referrer': (subject) =>
    storeLegacyReferrer(registry, subject, { layers: layer(subject) }),
  'a bundle': putBundle,
  'a bundle with Rekor v2 and a timestamp': (subject) =>
    storeBundle(registry, subject, {
      bundle: bundleOf(subject, {
        logs: [rekorV2.entry()],
        timestamps: [tsa.stamp({ embed: 'chain' })],
      }),
    }),
};

for (const [form, attach] of Object.entries(FORMS)) {
  test(`keyless in ${form} is admitted and pinned`, async () => {
    await assertPinned(imageWith(attach), KEYLESS);
  });

  test(`MNH-11 keyless in ${form} by another workflow is refused with the nearest miss`, async () => {
    const keyless = { ...WHO, subject: 'https://github.com/acme/app/*/ci.yml@*' };
    await assertRefused(
      imageWith(attach),
      attestors({ keyless }),
      /signed by "https:.*\/release\.yml@refs\/tags\/v1\.2\.3", policy wants subject "https:.*\/ci\.yml@\*"/,
    );
  });
}

test('keyless with the issuer of somebody else is refused', async () => {
  await assertRefused(
    imageWith(putBundle),
    attestors({ keyless: { ...WHO, issuer: 'https://gitlab.com' } }),
    /issuer is "https:\/\/token\.actions\.githubusercontent\.com", policy wants issuer "https:\/\/gitlab\.com"/,
  );
});

test('MNH-10 an extension that differs is refused', async () => {
  const image = imageWith(putBundle);
  const extensions = (repository: string): object =>
    attestors({
      keyless: { ...WHO, additionalExtensions: { githubWorkflowRepository: repository } },
    });
  await assertPinned(image, extensions('acme/*'));
  await assertRefused(image, extensions('other/*'), /githubWorkflowRepository is "acme\/app"/);
});

test('a certificate of an authority that nobody trusts is refused', async () => {
  const signer = stranger.keyless();
  const image = imageWith((subject) =>
    storeBundle(registry, subject, { bundle: bundleOf(subject, { signer }) }),
  );
  await assertRefused(image, KEYLESS, /certificate/);
});

test('MNH-06 without a trust root nothing is known, so nothing is admitted', async () => {
  const image = imageWith(putBundle);
  const decision = await admit(image, KEYLESS, rootless);
  assert.equal(decision.allowed, false);
  assert.equal(decision.outcome, 'unknown');
  assert.match(decision.message ?? '', /trust root/);
});

test('roots and log keys of the policy need no trust root', async () => {
  const keyless = {
    ...WHO,
    roots: pem.fulcioChain,
    rekor: { url: 'https://rekor.test', pubkey: pem.rekor },
    ctlog: { pubkey: pem.ctLog },
  };
  await assertPinned(imageWith(putSig), attestors({ keyless }), rootless);
});

test('MNH-10 a key that must be logged is admitted when it is, and refused when not', async () => {
  const signer = keySigner();
  const keys = { publicKeys: signer.key.publicKeyPem, rekor: { url: 'https://rekor.test' } };
  const logged = imageWith((subject) =>
    storeSignatures(registry, subject, { layers: layer(subject, { signer }) }),
  );
  const unlogged = imageWith((subject) =>
    storeSignatures(registry, subject, { layers: layer(subject, { signer, logs: [] }) }),
  );
  await assertPinned(logged, attestors({ keys }));
  await assertRefused(unlogged, attestors({ keys }), /transparency log/);
  await assertPinned(unlogged, attestors({ keys: { ...keys, rekor: { ignoreTlog: true } } }));
});

test('MNH-10 a timestamp authority without a log makes a timestamp required', async () => {
  const signer = keySigner();
  const keys = {
    publicKeys: signer.key.publicKeyPem,
    rekor: { ignoreTlog: true },
    ctlog: { tsaCertChain: pem.tsaChain },
  };
  const put = (timestamps: SigningRequest['timestamps'] = []) =>
    imageWith((subject) =>
      storeBundle(registry, subject, {
        bundle: bundleOf(subject, { signer, logs: [], timestamps }),
      }),
    );
  await assertPinned(put([tsa.stamp({ embed: 'chain' })]), attestors({ keys }), rootless);
  await assertRefused(put(), attestors({ keys }), /timestamp/);
});

test('a certificate chain admits what is signed below it, and nothing else', async () => {
  const certificates = {
    certChain: pem.fulcioChain,
    rekor: { ignoreTlog: true },
    ctlog: { ignoreSCT: true, tsaCertChain: pem.tsaChain },
  };
  const put = (signer: SigningRequest['signer']): Image =>
    imageWith((subject) =>
      storeBundle(registry, subject, {
        bundle: bundleOf(subject, {
          signer,
          logs: [],
          timestamps: [tsa.stamp({ embed: 'chain' })],
        }),
      }),
    );
  await assertPinned(put(sigstore.keyless()), attestors({ certificates }), rootless);
  await assertRefused(put(stranger.keyless()), attestors({ certificates }), /certificate/);
});

const ATTESTED = {
  attestors: [],
  attestations: [{ type: PROVENANCE, ...KEYLESS }],
};

function attested(predicateType: string, form: 'bundle' | 'layer'): Image {
  return imageWith((subject) =>
    form === 'bundle'
      ? storeBundle(registry, subject, {
          bundle: statementBundle(subject.digest, request(), { predicateType }),
        })
      : storeAttestations(registry, subject, {
          layers: [legacyAttestation(subject, request(), { predicateType })],
        }),
  );
}

for (const form of ['bundle', 'layer'] as const) {
  test(`an attestation in a ${form} is found by its type and its signer`, async () => {
    await assertPinned(attested(PROVENANCE, form), ATTESTED);
    await assertRefused(attested('https://spdx.dev/Document', form), ATTESTED, /slsa\.dev/);
    const other = { ...WHO, issuer: 'https://gitlab.com' };
    const byOther = [{ type: PROVENANCE, ...attestors({ keyless: other }) }];
    await assertRefused(
      attested(PROVENANCE, form),
      { attestors: [], attestations: byOther },
      /policy wants issuer "https:\/\/gitlab\.com"/,
    );
  });

  test(`MNH-15 an attestation in a ${form} alone is no signature`, async () => {
    const decision = await admit(attested(PROVENANCE, form), KEYLESS);
    assert.equal(decision.allowed, false);
    assert.match(decision.message ?? '', /not a signature|no signatures found/);
  });
}

test('a policy can want a signature and an attestation', async () => {
  const both = { ...KEYLESS, attestations: ATTESTED.attestations };
  const image = attested(PROVENANCE, 'bundle');
  await assertRefused(image, both, /not a signature/);
  await assertPinned(
    imageWith((subject) => {
      storeBundle(registry, subject, { bundle: bundleOf(subject) });
      storeAttestations(registry, subject, {
        layers: [legacyAttestation(subject, request(), { predicateType: PROVENANCE })],
      });
    }),
    both,
  );
});
