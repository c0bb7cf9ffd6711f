import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantFrom, integer, assert as check, property, string } from 'fast-check';
import { TrustedRootError, readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { type JsonPath, alterAt, flipBase64, leafPaths } from '#test/support/sigstore/alter.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

const root = createVirtualSigstore().trustedRoot();
const good = readTrustedRoot(JSON.stringify(root));

/** Authorities and logs that are left, or the reason why nothing is. */
function read(document: unknown): { usable: number; faults: number; hash: string } | string {
  try {
    const { material, faults } = readTrustedRoot(JSON.stringify(document));
    const { certificateAuthorities, timestampAuthorities, logs, ctLogs } = material;
    const lists = [certificateAuthorities, timestampAuthorities, logs, ctLogs];
    const usable = lists.reduce((sum, { length }) => sum + length, 0);
    return { usable, faults: faults.length, hash: material.hash };
  } catch (error) {
    if (error instanceof TrustedRootError) return error.code;
    throw error;
  }
}

const ENTRIES = 6;

test('tampering: the trusted root as it was made is read whole', () => {
  assert.deepEqual(read(root), { usable: ENTRIES, faults: 0, hash: good.material.hash });
});

/** Members without which an entry cannot be used: it is left out, the others stay. */
function isNeeded(path: JsonPath): boolean {
  return path.includes('rawBytes') || path.includes('start');
}

for (const path of leafPaths(root).filter(isNeeded)) {
  test(`tampering: a trusted root without ${path.join('.')} loses this entry and says so`, () => {
    const without = read(alterAt(root, path, () => undefined));
    const { usable, faults } = typeof without === 'string' ? fail(without) : without;
    assert.deepEqual({ usable, faults }, { usable: ENTRIES - 1, faults: 1 });
  });
}

function fail(reason: string): never {
  throw new assert.AssertionError({ message: reason });
}

const KEYS = leafPaths(root).filter((path) => path.includes('rawBytes') || path.includes('keyId'));

for (const path of KEYS) {
  test(`tampering: a trusted root with a bit changed in ${path.join('.')} is another one`, () => {
    const altered = read(alterAt(root, path, flipBase64));
    const hash = typeof altered === 'string' ? altered : altered.hash;
    assert.notEqual(hash, good.material.hash);
  });
}

const WRONG_DOCUMENTS: readonly { readonly name: string; readonly text: string; code: string }[] = [
  { name: 'no JSON', text: 'tlogs: []', code: 'MALFORMED' },
  { name: 'a list', text: '[]', code: 'MEDIA_TYPE' },
  { name: 'null', text: 'null', code: 'MALFORMED' },
  { name: 'another document', text: '{"mediaType":"text/plain"}', code: 'MEDIA_TYPE' },
  { name: 'nothing in it', text: JSON.stringify({ mediaType: root.mediaType }), code: 'EMPTY' },
  {
    name: 'one member twice',
    text: JSON.stringify(root).replace('{', '{"tlogs":[],'),
    code: 'MALFORMED',
  },
  { name: 'deep nesting', text: '['.repeat(100_000) + ']'.repeat(100_000), code: 'MALFORMED' },
  { name: 'two megabytes', text: ' '.repeat(2 * 1024 * 1024), code: 'TOO_LARGE' },
];

for (const { name, text, code } of WRONG_DOCUMENTS) {
  test(`tampering: a trusted root that is wrong is refused: ${name}`, () => {
    assert.throws(() => readTrustedRoot(text), { code });
  });
}

for (const path of KEYS)
  test(`tampering: a trusted root with ${path.join('.')} written as anything but base64 does not use it`, () => {
    for (const junk of [[65, 66], { length: 1000 }, 'AA!A']) {
      const altered = read(alterAt(root, path, () => junk));
      assert.equal(typeof altered === 'string' ? altered : altered.usable, 'MALFORMED');
    }
  });

test('tampering: a trusted root with any value replaced is read or refused, never a crash', () => {
  const junk = constantFrom<unknown>(null, 0, -1, true, '', '=', [], {}, [[]], { a: {} }, 1e300);
  check(
    property(constantFrom(...leafPaths(root)), junk, (path, value) => {
      read(alterAt(root, path, () => value));
    }),
    { numRuns: 300 },
  );
  check(
    property(integer({ min: 0, max: JSON.stringify(root).length }), string(), (at, text) => {
      const json = JSON.stringify(root);
      try {
        readTrustedRoot(json.slice(0, at) + text + json.slice(at + text.length));
      } catch (error) {
        assert.ok(error instanceof TrustedRootError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
