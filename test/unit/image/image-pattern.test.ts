import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagePatternMatches, skipPatternMatches } from '#shared/image/image-pattern.ts';
import { parseReference } from '#shared/image/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

interface Case {
  readonly pattern: string;
  readonly image: string;
  readonly selects: boolean;
  /** What the same pattern says in a skip list. */
  readonly skips: boolean;
}

/** Kyverno 1.19; the last column where MUST-NOT-HAPPEN 12 makes it narrower. */
const CASES: readonly Case[] = [
  { pattern: '*', image: 'nginx', selects: true, skips: true },
  { pattern: 'docker.io/nginx:latest', image: 'nginx', selects: true, skips: true },
  { pattern: 'docker.io/library/*', image: 'nginx', selects: false, skips: false },
  { pattern: 'docker.io/library/*', image: 'library/nginx:1.25', selects: true, skips: true },
  { pattern: 'ghcr.io/org/app:*', image: 'ghcr.io/org/app:v1', selects: true, skips: true },
  {
    pattern: 'ghcr.io/org/app:*',
    image: `ghcr.io/org/app@${DIGEST}`,
    selects: false,
    skips: false,
  },
  {
    pattern: 'ghcr.io/org/app*',
    image: `ghcr.io/org/app:v1@${DIGEST}`,
    selects: true,
    skips: true,
  },
  {
    pattern: 'ghcr.io/org/app:v1*',
    image: `ghcr.io/org/app:v1@${DIGEST}`,
    selects: false,
    skips: false,
  },
  { pattern: 'localhost:5000/*', image: 'localhost:5000/x', selects: true, skips: true },
  { pattern: 'index.docker.io/*', image: 'nginx', selects: true, skips: true },
  { pattern: 'docker.io/*', image: 'registry-1.docker.io/a/b', selects: true, skips: true },
  { pattern: 'index.docker.*', image: 'index.docker.io/a/b', selects: true, skips: false },
  { pattern: 'GHCR.io/*', image: 'ghcr.io/a', selects: true, skips: true },
  {
    pattern: '*.good.example/*',
    image: 'evil.example/x.good.example/y',
    selects: true,
    skips: false,
  },
  { pattern: 'good*', image: 'good.example/y', selects: true, skips: false },
  { pattern: '*:v1', image: 'good.example/y:v1', selects: true, skips: false },
];

for (const { pattern, image, selects, skips } of CASES) {
  test(`imagePatternMatches "${pattern}" ${selects ? 'selects' : 'does not select'} ${image}`, () => {
    assert.equal(imagePatternMatches(pattern, parseReference(image)), selects);
  });
  test(`MNH-12 skipPatternMatches "${pattern}" ${skips ? 'exempts' : 'does not exempt'} ${image}`, () => {
    assert.equal(skipPatternMatches(pattern, parseReference(image)), skips);
  });
}
