import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Digest } from '#shared/base/digest.ts';
import { formatReference, patternSubject, withDigest } from '#shared/image/format-reference.ts';
import { ImageReferenceError, parseReference } from '#shared/image/reference.ts';

const HEX = 'b'.repeat(64);
const DIGEST = `sha256:${HEX}`;

/** What is written in a Pod, and the string that a Kyverno pattern sees. */
const SUBJECTS: readonly [written: string, subject: string][] = [
  ['nginx', 'docker.io/nginx:latest'],
  ['library/nginx:1.25', 'docker.io/library/nginx:1.25'],
  ['docker.io/library/nginx', 'docker.io/library/nginx:latest'],
  ['index.docker.io/library/nginx:1', 'docker.io/library/nginx:1'],
  ['registry-1.docker.io/acme/app:1', 'docker.io/acme/app:1'],
  [`ghcr.io/a/b:v1@${DIGEST}`, `ghcr.io/a/b@${DIGEST}`],
  [`ghcr.io/a/b@${DIGEST}`, `ghcr.io/a/b@${DIGEST}`],
  ['localhost:5000/x', 'localhost:5000/x:latest'],
  ['localhost/x:1', 'localhost/x:1'],
  ['127.0.0.1:5000/a/b/c:v1.2_3-x', '127.0.0.1:5000/a/b/c:v1.2_3-x'],
  ['[::1]:5000/a:1', '[::1]:5000/a:1'],
  ['acme/app', 'docker.io/acme/app:latest'],
  ['GHCR.io/a/b:1', 'ghcr.io/a/b:1'],
  ['Foo/bar', 'Foo/bar:latest'],
  ['LOCALHOST/bar', 'localhost/bar:latest'],
  ['gcr.io/p/a__b/c--d:1', 'gcr.io/p/a__b/c--d:1'],
];

for (const [written, subject] of SUBJECTS) {
  test(`parseReference() reads "${written}" as ${subject}`, () => {
    assert.equal(patternSubject(parseReference(written)), subject);
  });
}

const REFUSED: readonly [written: string, code: string, message: RegExp][] = [
  ['', 'EMPTY', /it is empty$/],
  ['   ', 'EMPTY', /it is empty$/],
  ['nginx:', 'BAD_TAG', /tag "" must be/],
  ['nginx:a b', 'BAD_TAG', /tag "a b" must be/],
  [`nginx:${'t'.repeat(129)}`, 'BAD_TAG', /1 to 128/],
  ['nginx@', 'BAD_DIGEST', /digest "" must be/],
  [
    'nginx@sha256:123abc456def789ghi',
    'BAD_DIGEST',
    /"sha256:123abc456def789ghi" must be "sha256:" with 64/,
  ],
  [`nginx@sha256:${'B'.repeat(64)}`, 'BAD_DIGEST', /must be/],
  [`nginx@md5:${'b'.repeat(32)}`, 'BAD_DIGEST', /must be/],
  [`a@${DIGEST}@${DIGEST}`, 'BAD_DIGEST', /must be/],
  ['ghcr.io/Acme/app', 'BAD_REPOSITORY', /repository "Acme\/app" must be lower-case/],
  ['ghcr.io//app', 'BAD_REPOSITORY', /repository "\/app"/],
  ['ghcr.io/app/', 'BAD_REPOSITORY', /repository "app\/"/],
  ['https://ghcr.io/app', 'BAD_REGISTRY', /registry host "https:"/],
  ['ghcr.io:port/app', 'BAD_REGISTRY', /"ghcr.io:port"/],
  ['-bad.io/app', 'BAD_REGISTRY', /"-bad.io"/],
  ['a'.repeat(256), 'BAD_REPOSITORY', /255 characters/],
  ['nginx\n', 'BAD_REPOSITORY', /must be lower-case/],
];

for (const [written, code, message] of REFUSED) {
  test(`parseReference() refuses ${JSON.stringify(written).slice(0, 60)} with ${code}`, () => {
    assert.throws(
      () => parseReference(written),
      (error) =>
        error instanceof ImageReferenceError && error.code === code && message.test(error.message),
    );
  });
}

test('MNH-03 parseReference() keeps tag and digest, and the digest decides', () => {
  const reference = parseReference(`ghcr.io/a/b:v1@${DIGEST}`);
  assert.equal(reference.tag, 'v1');
  assert.equal(reference.digest, DIGEST);
});

test('withDigest() keeps the tag and writes the registry as Kyverno does', () => {
  const pinned = (written: string): string =>
    withDigest(parseReference(written), DIGEST as Digest).written;
  assert.equal(pinned('nginx'), `docker.io/nginx:latest@${DIGEST}`);
  assert.equal(pinned('ghcr.io/a/b:v1'), `ghcr.io/a/b:v1@${DIGEST}`);
  assert.equal(pinned('index.docker.io/a/b:v1'), `index.docker.io/a/b:v1@${DIGEST}`);
});

test('parseReference() never throws anything but an ImageReferenceError, and what it accepts survives a round trip', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (written) => {
      try {
        const reference = parseReference(written);
        assert.equal(
          formatReference(parseReference(formatReference(reference))),
          formatReference(reference),
        );
      } catch (error) {
        assert.ok(error instanceof ImageReferenceError, String(error));
      }
    }),
  );
});
