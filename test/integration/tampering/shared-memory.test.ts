import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attestor } from '#shared/policy/model.ts';
import { parseCertificate } from '#shared/trust/certificate.ts';
import { authoritiesFromPem } from '#shared/trust/pem-trust.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { createSigningKey } from '#test/support/sigstore/signing-key.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { attach, createImage } from '#test/support/tampering/discovered.ts';
import {
  certificateAttestor,
  judgeImage,
  keylessAttestor,
} from '#test/support/tampering/judge-image.ts';

const sigstore = createVirtualSigstore();
const { rekor, time: at } = sigstore;

/** One key with two certificates: with and without an SCT. */
const key = createSigningKey();
const carried = sigstore.keyless({ key });
const pinned = parseCertificate(sigstore.keyless({ key, sct: 'none' }).certificate);
const authorities = authoritiesFromPem(sigstore.pem.fulcioChain);

async function verdict(attestors: readonly Attestor[]): Promise<string> {
  const image = createImage();
  const request = { signer: carried, at, logs: [rekor.entry()] };
  attach(image, { kind: 'bundle', bundle: statementBundle(image.subject.digest, request) });
  const root = sigstore.trustedRoot();
  return (await judgeImage(image, { root, attestors, count: 'all' })).verdict;
}

test('MNH-19 what is known of the certificate a signature carries is not told of one that is pinned', async () => {
  if (typeof pinned === 'string') throw new TypeError(pinned);
  const keyless = keylessAttestor({ authorities });
  const certificate = certificateAttestor({ authorities, certificate: pinned });
  assert.equal(await verdict([keyless]), 'satisfied');
  assert.equal(await verdict([certificate]), 'SCT_MISSING');
  assert.equal(await verdict([keyless, certificate]), 'SCT_MISSING');
  assert.equal(await verdict([certificate, keyless]), 'SCT_MISSING');
  assert.equal(await verdict([keyless, keyless]), 'satisfied');
});
