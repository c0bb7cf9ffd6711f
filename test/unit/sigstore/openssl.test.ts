import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AuthorityLevel } from '#test/support/sigstore/certificate-authority.ts';
import { certificatePem } from '#test/support/sigstore/certificate.ts';
import { nameConstraints, unknownCritical } from '#test/support/sigstore/extensions.ts';
import { type LeafOptions, createFulcio } from '#test/support/sigstore/fulcio.ts';
import { GITHUB_CLAIMS } from '#test/support/sigstore/fulcio-claims.ts';
import type { HashName, KeyType } from '#test/support/sigstore/signing-key.ts';
import { createTimestampAuthority } from '#test/support/sigstore/timestamp-authority.ts';
import { VIRTUAL_TIME } from '#test/support/sigstore/virtual-sigstore.ts';

const directory = mkdtempSync(join(tmpdir(), 'openssl-'));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** What openssl says to options with their values; its exit code first. */
function openssl(command: readonly string[], options: Readonly<Record<string, string>>): string {
  const args = [...command, ...Object.entries(options).flat()];
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return `${status} ${stdout} ${stderr}`;
}

const seconds = String(Math.floor(VIRTUAL_TIME.getTime() / 1000) + 60);

function verifyLeaf(
  leaf: LeafOptions,
  authority: { root?: AuthorityLevel; intermediates?: readonly AuthorityLevel[] } = {},
): string {
  const fulcio = createFulcio(authority);
  const { certificate } = fulcio.issue(VIRTUAL_TIME, leaf);
  const untrusted = fulcio.chain.intermediates.map(({ certificate: { der } }) => der);
  const leafFile = file('leaf.pem', certificatePem(certificate));
  return openssl(['verify', '-x509_strict'], {
    '-attime': seconds,
    '-CAfile': file('root.pem', fulcio.chain.root.certificate.pem),
    '-untrusted': file('chain.pem', untrusted.map(certificatePem).join('')),
    '-no-CApath': leafFile,
  });
}

const uri: LeafOptions = { names: [{ kind: 'uri', value: 'https://acme.test/ci' }] };

const CHAINS: readonly {
  readonly name: string;
  readonly leaf: LeafOptions;
  readonly authority?: Parameters<typeof verifyLeaf>[1];
  readonly says: RegExp;
}[] = [
  { name: 'with every claim', leaf: { claims: GITHUB_CLAIMS }, says: /^0 .*OK/s },
  { name: 'with two logs', leaf: { sct: 'two-logs' }, says: /^0 .*OK/s },
  {
    name: 'with names of every kind',
    leaf: {
      names: [
        { kind: 'email', value: 'a@acme.test' },
        { kind: 'dns', value: 'acme.test' },
        { kind: 'other', value: 'a!acme.test' },
      ],
    },
    says: /^0 .*OK/s,
  },
  {
    name: 'below two RSA and P-521 authorities',
    leaf: {},
    authority: { root: { keyType: 'rsa-2048' }, intermediates: [{ keyType: 'ecdsa-p521' }, {}] },
    says: /^0 .*OK/s,
  },
  { name: 'of an Ed25519 key', leaf: { keyType: 'ed25519' }, says: /^0 .*OK/s },
  {
    name: 'within name constraints',
    leaf: uri,
    authority: { root: { extensions: [nameConstraints('uri', 'acme.test')] } },
    says: /^0 .*OK/s,
  },
  {
    name: 'outside name constraints',
    leaf: uri,
    authority: { root: { extensions: [nameConstraints('uri', 'other.test')] } },
    says: /permitted subtree violation/,
  },
  {
    name: 'with an unknown critical extension',
    leaf: { extensions: [unknownCritical()] },
    says: /unhandled critical extension/,
  },
  {
    name: 'below an authority that is none',
    leaf: {},
    authority: { intermediates: [{ ca: false }] },
    says: /invalid CA certificate|Path length/i,
  },
  {
    name: 'deeper than the root allows',
    leaf: {},
    authority: { root: { pathLength: 0 } },
    says: /path length constraint exceeded/,
  },
  { name: 'expired', leaf: { notAfter: VIRTUAL_TIME }, says: /certificate has expired/ },
];

for (const { name, leaf, authority, says } of CHAINS) {
  test(`virtual sigstore: openssl judges a certificate ${name}`, () => {
    assert.match(verifyLeaf(leaf, authority), says);
  });
}

const AUTHORITIES: readonly {
  readonly keyType: KeyType;
  readonly hash: HashName;
  readonly bareRsa?: boolean;
}[] = [
  { keyType: 'ecdsa-p256', hash: 'sha256' },
  { keyType: 'ecdsa-p384', hash: 'sha384' },
  { keyType: 'ecdsa-p256', hash: 'sha512' },
  { keyType: 'rsa-2048', hash: 'sha256' },
  { keyType: 'rsa-2048', hash: 'sha512', bareRsa: true },
];

for (const { keyType, hash, bareRsa = false } of AUTHORITIES) {
  test(`virtual sigstore: openssl accepts timestamps of ${keyType} with ${hash}`, () => {
    const tsa = createTimestampAuthority({ keyType, hash, intermediates: [{}] });
    const data = Buffer.from('signature');
    const stamp = tsa.stamp({ embed: 'chain', imprintHash: hash, fraction: '05', bareRsa });
    const said = openssl(['ts', '-verify'], {
      '-data': file('data', data),
      '-in': file('response.tsr', stamp(data, VIRTUAL_TIME)),
      '-CAfile': file('tsa.pem', tsa.chain.root.certificate.pem),
    });
    assert.match(said, /^0 .*Verification: OK/s);
  });
}
