import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignatureSource } from '#shared/signature/signed-entity.ts';
import { readBundle, readLongBundle } from '#shared/signature/sigstore-bundle.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { createImage } from '#test/support/tampering/discovered.ts';

const { rekor, time: at } = createVirtualSigstore();
const { digest } = createImage().subject;
const source: SignatureSource = {
  place: 'file',
  repository: '',
  manifestDigest: digest,
  layer: 0,
};

function bundleOf(predicateLength: number): ReturnType<typeof statementBundle> {
  const request = { signer: keySigner(), at, logs: [rekor.entry()] };
  return statementBundle(digest, request, { predicate: 'x'.repeat(predicateLength) });
}

for (const length of [10, 60_000, 2_000_000]) {
  test(`readLongBundle() reads what readBundle() reads, with a predicate of ${length} characters`, async () => {
    const json = Buffer.from(JSON.stringify(bundleOf(length)));
    const read = await readLongBundle(json, source);
    assert.ok(typeof read !== 'string' && read.kind === 'dsse');
    const { head, ...rest } = read;
    assert.deepEqual(rest, readBundle(json, source));
    assert.equal(head !== undefined, length > 65_536);
  });
}

const MEGABYTES = 'A'.repeat(2_000_000);
const good = bundleOf(10);

const UNREADABLE: readonly (readonly [string, object, RegExp])[] = [
  [
    'a payload of megabytes that is not base64',
    { ...good, dsseEnvelope: { ...good.dsseEnvelope, payload: `${MEGABYTES}!` } },
    /^bundle cannot be read: dsseEnvelope\.payload is not base64$/,
  ],
  [
    'a payload that is an object',
    { ...good, dsseEnvelope: { ...good.dsseEnvelope, payload: { length: 1e9 } } },
    /^bundle cannot be read: dsseEnvelope\.payload is not base64$/,
  ],
  [
    'a signature of megabytes',
    { ...good, dsseEnvelope: { ...good.dsseEnvelope, signatures: [{ sig: MEGABYTES }] } },
    /more than 1048576 bytes beside the payload of an envelope$/,
  ],
  ['megabytes that nobody asked for', { ...good, more: MEGABYTES }, /more than 1048576 bytes/],
];

for (const [what, bundle, says] of UNREADABLE) {
  test(`MNH-26 readLongBundle() refuses ${what}, and says so`, async () => {
    const read = await readLongBundle(Buffer.from(JSON.stringify(bundle)), source);
    assert.match(typeof read === 'string' ? read : read.kind, says);
  });
}
