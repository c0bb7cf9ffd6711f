import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import {
  CA_LIFETIME,
  CA_OVERLAP,
  CA_RENEWAL,
  LEAF_LIFETIME,
  LEAF_RENEWAL,
} from '#server/tls/lifetimes.ts';
import { renewSelfMade, type SelfMade, splitBundle } from '#server/tls/self-made.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const NAMES = ['sign-policy-webhook.sign-policy-system.svc', '127.0.0.1', '::1'];
const MINUTE = 60_000;

let first: SelfMade;

before(async () => {
  first = await renewSelfMade(undefined, { names: NAMES, now: NOW });
});

function leafOf(material: SelfMade): X509Certificate {
  return new X509Certificate(material.certificate);
}

function authorities(material: SelfMade): readonly X509Certificate[] {
  return splitBundle(material.authorities).map((pem) => new X509Certificate(pem));
}

test('renewSelfMade: makes a CA and a certificate that it vouches for, valid for all names', () => {
  const [authority] = authorities(first);
  const leaf = leafOf(first);
  assert(authority !== undefined);
  assert.equal(authority.ca, true);
  assert.equal(leaf.ca, false);
  assert.equal(leaf.checkIssued(authority), true);
  assert.equal(leaf.verify(authority.publicKey), true);
  assert.equal(leaf.checkHost(NAMES[0] ?? ''), NAMES[0]);
  assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
  assert.equal(leaf.checkIP('::1'), '::1');
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(Date.parse(leaf.validTo), NOW + LEAF_LIFETIME);
  assert.equal(Date.parse(authority.validTo), NOW + CA_LIFETIME);
});

test('renewSelfMade: changes nothing while nothing is due', async () => {
  const later = NOW + LEAF_LIFETIME - LEAF_RENEWAL - MINUTE;
  assert.equal(await renewSelfMade(first, { names: NAMES, now: later }), first);
});

const DUE: readonly (readonly [string, { names: readonly string[]; now: number }])[] = [
  ['close to its end', { names: NAMES, now: NOW + LEAF_LIFETIME - LEAF_RENEWAL + MINUTE }],
  ['expired', { names: NAMES, now: NOW + LEAF_LIFETIME + MINUTE }],
  ['asked for another name', { names: [...NAMES, 'other.example'], now: NOW + MINUTE }],
];

for (const [title, wish] of DUE) {
  test(`renewSelfMade: a certificate that is ${title} is issued anew by the same CA`, async () => {
    const next = await renewSelfMade(first, wish);
    assert.equal(next.authorities, first.authorities);
    assert.notEqual(next.certificate, first.certificate);
    assert.equal(leafOf(next).verify(authorities(first)[0]?.publicKey ?? assert.fail()), true);
    assert(Date.parse(leafOf(next).validTo) > wish.now + LEAF_RENEWAL);
    assert.equal(await renewSelfMade(next, wish), next);
  });
}

test('renewSelfMade: a new CA is published first, serves later, and the old one goes when it has expired', async () => {
  const oldLeaf = await renewSelfMade(first, {
    names: NAMES,
    now: NOW + CA_LIFETIME - CA_RENEWAL - MINUTE,
  });
  const due = NOW + CA_LIFETIME - CA_RENEWAL + MINUTE;
  const published = await renewSelfMade(oldLeaf, { names: NAMES, now: due });
  assert.equal(authorities(published).length, 2);
  assert.equal(published.certificate, oldLeaf.certificate, 'still served');
  assert.equal(
    await renewSelfMade(published, { names: NAMES, now: due + CA_OVERLAP - MINUTE }),
    published,
  );

  const switched = await renewSelfMade(published, { names: NAMES, now: due + CA_OVERLAP + MINUTE });
  const [issuer] = authorities(switched);
  assert.equal(authorities(switched).length, 2);
  assert.equal(leafOf(switched).verify(issuer?.publicKey ?? assert.fail()), true);

  const end = NOW + CA_LIFETIME + MINUTE;
  const last = await renewSelfMade(switched, { names: NAMES, now: end });
  assert.equal(authorities(last).length, 1);
});

const BROKEN: readonly (readonly [string, (other: SelfMade) => Partial<SelfMade>])[] = [
  ['the key of another certificate', ({ key }) => ({ key })],
  ['the key of another CA', ({ authorityKey }) => ({ authorityKey })],
  ['the CA of another certificate', ({ authorities }) => ({ authorities })],
  ['no CA', () => ({ authorities: '' })],
  ['garbage', () => ({ certificate: 'garbage' })],
];

for (const [title, change] of BROKEN) {
  test(`renewSelfMade: material with ${title} is made anew as a whole`, async () => {
    const other = await renewSelfMade(undefined, { names: NAMES, now: NOW });
    const next = await renewSelfMade({ ...first, ...change(other) }, { names: NAMES, now: NOW });
    assert.notEqual(next.authorityKey, first.authorityKey);
    assert.equal(leafOf(next).verify(authorities(next)[0]?.publicKey ?? assert.fail()), true);
  });
}
