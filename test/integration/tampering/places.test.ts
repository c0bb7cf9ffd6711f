import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionName } from '#shared/trust/identity.ts';
import { textMatcher } from '#shared/trust/text-matcher.ts';
import type { EvidencePurpose } from '#shared/verification/evidence.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { GITHUB_CLAIMS } from '#test/support/sigstore/fulcio-claims.ts';
import { legacyAttestation, legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import { storeLegacyReferrer } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { attach, createImage } from '#test/support/tampering/discovered.ts';
import { judgeImage, keylessAttestor } from '#test/support/tampering/judge-image.ts';

const sigstore = createVirtualSigstore();
const { rekor, time: at } = sigstore;
const root = sigstore.trustedRoot();
const PREDICATE = 'https://slsa.dev/provenance/v1';
const ATTESTATION: EvidencePurpose = { kind: 'attestation', predicateType: PREDICATE };

test('places: legacy layers in referrers are read, each for what it is', async () => {
  const image = createImage();
  const request = { signer: sigstore.keyless(), at, logs: [rekor.entry()] };
  const { memory, subject } = image;
  const attestation = legacyAttestation(subject, request, { predicateType: PREDICATE });
  storeLegacyReferrer(memory, subject, { layers: [attestation] });
  const options = { root, attestors: [keylessAttestor()] };
  assert.notEqual((await judgeImage(image, options)).verdict, 'satisfied');
  const attested = await judgeImage(image, { ...options, purpose: ATTESTATION });
  assert.equal(attested.verdict, 'satisfied', attested.words);
  storeLegacyReferrer(memory, subject, { layers: [legacySignature(subject, request)] });
  const signed = await judgeImage(image, options);
  assert.equal(signed.verdict, 'satisfied', signed.words);
  assert.equal(signed.facts.length, 1);
});

test('MNH-15 a signature is no attestation, an attestation no signature, in any place', async () => {
  const request = { signer: sigstore.keyless(), at, logs: [rekor.entry()] };
  const image = createImage();
  const { subject } = image;
  const signature = statementBundle(subject.digest, request);
  attach(image, { kind: 'bundle', bundle: signature });
  attach(image, { kind: 'layer', layer: legacySignature(subject, request) });
  const attestors = [keylessAttestor()];
  const asked = await judgeImage(image, { root, attestors, purpose: ATTESTATION });
  assert.equal(asked.verdict, 'NO_ATTESTATIONS');
  const other = createImage('other');
  const provenance = { predicateType: PREDICATE };
  const bundle = statementBundle(other.subject.digest, request, provenance);
  const layer = legacyAttestation(other.subject, request, provenance);
  attach(other, { kind: 'bundle', bundle }, { kind: 'layer', layer });
  assert.equal((await judgeImage(other, { root, attestors })).verdict, 'FORMAT_NOT_READ');
  const vex: EvidencePurpose = {
    kind: 'attestation',
    predicateType: 'https://openvex.dev/ns/v0.2.0',
  };
  const wrongType = await judgeImage(other, { root, attestors, purpose: vex });
  assert.equal(wrongType.verdict, 'NO_ATTESTATIONS');
  const any: EvidencePurpose = { kind: 'signature', acceptsAnyStatement: true };
  assert.equal((await judgeImage(other, { root, attestors, purpose: any })).verdict, 'satisfied');
});

const ARC = '1.3.6.1.4.1.57264.1';

/** In the order of their identifiers: .2 to .6, then .9 to .24. */
const CLAIMS = Object.entries(GITHUB_CLAIMS).map(([name, value], index) => ({
  name,
  value,
  oid: `${ARC}.${index < 5 ? index + 2 : index + 4}`,
}));

for (const { name, value, oid } of CLAIMS)
  test(`MNH-10 the certificate’s ${name} is compared, by the identifier ${oid}`, async () => {
    const extension = extensionName(oid);
    assert.notEqual(extension, undefined);
    const image = createImage();
    const signer = sigstore.keyless({ claims: GITHUB_CLAIMS });
    const bundle = statementBundle(image.subject.digest, { signer, at, logs: [rekor.entry()] });
    attach(image, { kind: 'bundle', bundle });
    const judge = async (wanted: string): Promise<string> => {
      const extensions = { [extension ?? '']: textMatcher('exact', wanted) };
      const identities = [{ subjects: [], issuers: [], extensions }];
      const attestors = [keylessAttestor({ identities })];
      return (await judgeImage(image, { root, attestors })).verdict;
    };
    assert.equal(await judge(value), 'satisfied');
    assert.equal(await judge(`${value}x`), 'IDENTITY_MISMATCH');
  });
