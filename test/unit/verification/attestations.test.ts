import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#shared/base/clock.ts';
import type { AttestationRequirement, Attestor, VerifyImagesEntry } from '#shared/policy/model.ts';
import { predicateTypeOf } from '#shared/signature/predicate-types.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import type { Verdict } from '#shared/verification/verdict.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { legacyAttestation } from '#test/support/sigstore/legacy-layer.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import type { StatementOptions } from '#test/support/sigstore/statement.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import {
  type Artifact,
  attach,
  createImage,
  type Image,
} from '#test/support/tampering/discovered.ts';
import { keylessAttestor } from '#test/support/tampering/judge-image.ts';
import { statementsOf } from '#test/support/verification/statements-of.ts';

const sigstore = createVirtualSigstore();
const { rekor, time: at } = sigstore;
const { material } = readTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
const SLSA = predicateTypeOf('slsaprovenance1');
const SBOM = predicateTypeOf('cyclonedx');

type Make = (image: Image, statement: StatementOptions, signer?: Signer) => Artifact;

const FORMATS: Readonly<Record<string, Make>> = {
  'an .att layer': ({ subject }, statement, signer = sigstore.keyless()) => ({
    kind: 'layer',
    layer: legacyAttestation(subject, { signer, at, logs: [rekor.entry()] }, statement),
  }),
  'an .att layer of 2021': ({ subject }, statement, signer = sigstore.keyless()) => ({
    kind: 'layer',
    layer: legacyAttestation(
      subject,
      { signer, at, logs: [rekor.entry({ kind: 'intoto-0.0.1' })] },
      { ...statement, type: 'https://in-toto.io/Statement/v0.1' },
    ),
  }),
  'a bundle': ({ subject }, statement, signer = sigstore.keyless()) => ({
    kind: 'bundle',
    bundle: statementBundle(subject.digest, { signer, at, logs: [rekor.entry()] }, statement),
  }),
};

function requirement(
  predicateType: string,
  ...entries: readonly Attestor[]
): AttestationRequirement {
  const attestors = [{ path: 'attestors[0]', count: 'all', entries } as const];
  return { path: 'attestations[0]', name: undefined, predicateType, attestors };
}

async function verify(image: Image, entry: Partial<VerifyImagesEntry>): Promise<Verdict> {
  const verifier = new ImageVerifier({ clock: systemClock, trustRoots: { get: () => material } });
  const { registry, repository } = image.memory;
  const reference = {
    ...repository(image.subject.repository),
    tag: undefined,
    digest: image.subject.digest,
    written: 'registry.test/acme/app',
  };
  return verifier.verify(
    { reference, digest: image.subject.digest, registry },
    {
      path: 'entry',
      imageReferences: ['*'],
      skipImageReferences: [],
      attestors: [],
      formats: 'any',
      mutateDigest: true,
      verifyDigest: true,
      required: true,
      ...entry,
    },
  );
}

for (const [format, make] of Object.entries(FORMATS)) {
  test(`attestations: ${format} of the wanted type is verified, and says what it says`, async () => {
    const image = createImage();
    const predicate = { builder: { id: 'https://builder.example' }, list: [1, 'two', null] };
    attach(image, make(image, { predicateType: SLSA, predicate }));
    const verdict = await verify(image, { attestations: [requirement(SLSA, keylessAttestor())] });
    assert.equal(verdict.kind, 'pass', JSON.stringify(verdict));
    assert.deepEqual(statementsOf(verdict), [{ predicateType: SLSA, predicate }]);
    assert.equal(verdict.signatures[0]?.predicateType, SLSA);
    assert.match(verdict.message, /^verified image attestations for /);
  });

  test(`MNH-15 attestations: ${format} of another type or about another image does not pass`, async () => {
    const image = createImage();
    attach(image, make(image, { predicateType: SBOM }));
    const attestations = [requirement(SLSA, keylessAttestor())];
    const wrongType = await verify(image, { attestations });
    assert.equal(wrongType.kind === 'fail' ? wrongType.reason : wrongType.kind, 'NO_ATTESTATIONS');
    const foreign = createImage('another');
    attach(image, make(foreign, { predicateType: SLSA }));
    const wrongDigest = await verify(image, { attestations });
    assert.notEqual(wrongDigest.kind, 'pass');
  });

  test(`MNH-15 attestations: ${format} is no signature, unless the policy says so`, async () => {
    const image = createImage();
    attach(image, make(image, { predicateType: SLSA }));
    const attestors = [{ path: 'attestors[0]', count: 1, entries: [keylessAttestor()] }];
    assert.equal((await verify(image, { attestors })).kind, 'fail');
    const verdict = await verify(image, { attestors, acceptsAnyStatement: true });
    // Only bundles stand where signatures are looked for.
    assert.equal(verdict.kind, format === 'a bundle' ? 'pass' : 'fail');
  });
}

const bundle = FORMATS['a bundle'];
assert.ok(bundle);

test('attestations: every statement of the type that verifies is given to conditions, no other', async () => {
  const image = createImage();
  const stranger = sigstore.keyless({ names: [{ kind: 'email', value: 'x@evil.example' }] });
  attach(image, bundle(image, { predicateType: SLSA, predicate: 1 }));
  attach(image, bundle(image, { predicateType: SLSA, predicate: 2 }));
  attach(image, bundle(image, { predicateType: SLSA, predicate: 3 }, stranger));
  attach(image, bundle(image, { predicateType: SBOM, predicate: 4 }));
  const verdict = await verify(image, { attestations: [requirement(SLSA, keylessAttestor())] });
  const predicates = statementsOf(verdict).map(({ predicate }) => predicate);
  assert.deepEqual(new Set(predicates), new Set([1, 2]));
});

test('attestations: all of them are required, beside the signatures', async () => {
  const image = createImage();
  attach(image, bundle(image, {}), bundle(image, { predicateType: SLSA }));
  const attestors = [{ path: 'attestors[0]', count: 1, entries: [keylessAttestor()] }];
  const slsa = requirement(SLSA, keylessAttestor());
  assert.equal((await verify(image, { attestors, attestations: [slsa] })).kind, 'pass');
  const both = [slsa, requirement(SBOM, keylessAttestor())];
  const verdict = await verify(image, { attestors, attestations: both });
  assert.equal(verdict.kind === 'fail' ? verdict.reason : verdict.kind, 'NO_ATTESTATIONS');
});

test('MNH-05 attestations: without attestors nobody is trusted', async () => {
  const image = createImage();
  attach(image, bundle(image, { predicateType: SLSA }));
  for (const attestors of [[], [{ path: 'attestors[0]', count: 'all', entries: [] } as const]]) {
    const wanted = { ...requirement(SLSA), attestors };
    const verdict = await verify(image, { attestations: [wanted] });
    assert.equal(verdict.kind === 'fail' ? verdict.reason : verdict.kind, 'NO_ATTESTORS');
  }
});

test('attestations: a trust root that is not there yet leaves the answer open', async () => {
  const image = createImage();
  attach(image, bundle(image, {}));
  const verifier = new ImageVerifier({ clock: systemClock });
  const { registry, repository } = image.memory;
  const { digest } = image.subject;
  const reference = { ...repository('acme/app'), tag: undefined, digest, written: 'app' };
  const attestors = [{ path: 'attestors[0]', count: 1, entries: [keylessAttestor()] }];
  const verdict = await verifier.verify(
    { reference, digest, registry },
    {
      path: 'entry',
      imageReferences: ['*'],
      skipImageReferences: [],
      attestors,
      formats: 'any',
      mutateDigest: true,
      verifyDigest: true,
      required: true,
    },
  );
  assert.equal(verdict.kind, 'error');
  assert.equal(verdict.reason, 'TRUST_ROOT_UNAVAILABLE');
  assert.equal(verdict.transient, true);
});

const SHORT: readonly [name: string, type: string][] = [
  ['slsaprovenance', 'https://slsa.dev/provenance/v0.2'],
  ['slsaprovenance1', 'https://slsa.dev/provenance/v1'],
  ['spdxjson', 'https://spdx.dev/Document'],
  ['cyclonedx', 'https://cyclonedx.org/bom'],
  ['vuln', 'https://cosign.sigstore.dev/attestation/vuln/v1'],
  ['openvex', 'https://openvex.dev/ns'],
  ['custom', 'https://cosign.sigstore.dev/attestation/v1'],
  ['https://acme.example/own', 'https://acme.example/own'],
  ['constructor', 'constructor'],
];

for (const [name, type] of SHORT) {
  test(`predicateTypeOf() takes ${name} for ${type}`, () => {
    assert.equal(predicateTypeOf(name), type);
  });
}
