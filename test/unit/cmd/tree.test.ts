import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable, treeLines } from '#cmd/print/tree.ts';
import { sha256Digest } from '#shared/base/digest.ts';
import { factNode } from '#cmd/verify/signature-node.ts';

test('treeLines() draws one branch for each node and aligns its rows', () => {
  const lines = treeLines([
    {
      title: 'first',
      rows: [
        ['a', '1'],
        ['longer', '2'],
      ],
    },
    { title: 'last', rows: [['b', '3']] },
  ]);
  assert.deepEqual(lines, ['├─ first', '│   a       1', '│   longer  2', '└─ last', '    b  3']);
  assert.deepEqual(treeLines([]), []);
});

test('printable() lets no control character, direction mark or endless text through', () => {
  assert.equal(
    printable('a\u001B[2Jb\r\n\u009Bc\u202Ed\u2028e'),
    'a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}\u{FFFD}c\u{FFFD}d\u{FFFD}e',
  );
  assert.equal(printable('ä €'), 'ä €');
  assert.equal(printable('x'.repeat(1000)).length, 501);
});

test('factNode() shows a certificate’s names as text, whatever they hold', () => {
  const node = factNode({
    format: 'sigstore-bundle',
    place: 'referrers-api',
    keyFingerprint: 'ab',
    annotations: { 'k\u001B': 'v\n' },
    identity: {
      subjects: ['https://evil.example/\u001B[31m'],
      issuer: 'https://issuer.example/\r',
      extensions: { sourceRepositoryURI: 'https://\u0007' },
      certificate: 'cd',
    },
    timestamps: [{ authority: 'https://tsa.example\u001B', time: '2024-06-01T12:00:00.000Z' }],
  });
  const text = [node.title, ...node.rows.flat()].join(' ');
  assert.doesNotMatch(text, /\p{Cc}/u);
  assert.match(text, /^signed by https:\/\/evil\.example\//);
});

test('factNode() tells what of an index was signed, and the signer’s own word on the time as such', () => {
  const { rows } = factNode({
    format: 'notation-cose',
    place: 'fallback-tag',
    keyFingerprint: 'ab',
    annotations: {},
    claimedTime: '2030-06-01T12:00:00.000Z',
    warnings: ['the signature has expired'],
    manifest: { digest: sha256Digest('child'), platform: 'linux/amd64' },
  });
  assert.deepEqual(rows, [
    ['claimed', '2030-06-01T12:00:00.000Z'],
    ['signed', `linux/amd64 ${sha256Digest('child')}`],
    ['warning', 'the signature has expired'],
    ['stored', 'Notary Project signature (COSE) as a referrer in the fallback tag'],
  ]);
});
