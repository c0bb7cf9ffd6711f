import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { imagePatternMatches, skipPatternMatches } from '#shared/image/image-pattern.ts';
import { patternProblem, skipPatternProblem } from '#shared/image/pattern-problem.ts';
import { patternSubject } from '#shared/image/format-reference.ts';
import { parseReference } from '#shared/image/reference.ts';

const HEX = 'a'.repeat(64);
const WHY =
  'matches no image: names are compared as "registry/path:tag", or "registry/path@digest" where there is a digest';
const ALONE = `${WHY}; only "*" and "?" are wildcards, and each pattern is listed by itself`;
const EXAMPLE = `${WHY}; write it like "ghcr.io/acme/*"`;

function hub(start: string): string {
  return `matches only images of registries whose host begins like that; for those of Docker Hub write "docker.io/${start}"`;
}

function write(...patterns: readonly string[]): string {
  return `${WHY}; write ${patterns.map((pattern) => JSON.stringify(pattern)).join(' and ')}`;
}

/** Pattern, what is told of it among references, and in a skip list where that differs. */
const ROWS: readonly (readonly [
  pattern: string,
  problem: string | undefined,
  skipProblem?: string,
])[] = [
  ['*', undefined],
  ['ghcr.io/acme/*', undefined],
  ['ghcr.io/acme/app:v1', undefined],
  [`ghcr.io/acme/app@sha256:${HEX}`, undefined],
  ['docker.io/library/*', undefined],
  ['index.docker.io/acme/*', undefined],
  ['GHCR.io/acme/*', undefined],
  ['Build/acme/*', undefined],
  ['localhost/*', undefined],
  ['[::1]:5000/*', undefined],
  ['*.acme.example/*', undefined],
  ['*@sha256:*', undefined, EXAMPLE],
  ['*:v1', undefined, EXAMPLE],
  ['ghcr.io*', undefined, EXAMPLE],
  ['registry.k8s.io/*', undefined],
  ['localhost:*', undefined, EXAMPLE],
  ['nginx:*', hub('nginx:*'), write('docker.io/nginx:*')],
  ['acme*', hub('acme*'), write('docker.io/acme*')],
  ['nginx', write('docker.io/nginx:*', 'docker.io/nginx@*')],
  ['nginx@*', write('docker.io/nginx@*')],
  ['acme/*', write('docker.io/acme/*')],
  ['ghcr.io', write('ghcr.io/*')],
  ['ghcr.io/acme/', write('ghcr.io/acme/*')],
  ['ghcr.io/acme/app', write('ghcr.io/acme/app:*', 'ghcr.io/acme/app@*')],
  ['ghcr.io/Acme/*', write('ghcr.io/acme/*')],
  [' ghcr.io/acme/*', write('ghcr.io/acme/*')],
  ['https://ghcr.io/acme/*', write('ghcr.io/acme/*')],
  ['https://acme/app', write('docker.io/acme/app:*', 'docker.io/acme/app@*')],
  ['ghcr.io/acme/app:v1@sha256:*', write('ghcr.io/acme/app@sha256:*')],
  ['ghcr.io/acme/app:*@*', write('ghcr.io/acme/app@*')],
  ['^ghcr.io/.*$', ALONE],
  ['ghcr.io/{a,b}*', ALONE],
  ['ghcr.io/a*|quay.io/b*', ALONE],
  ['', EXAMPLE],
  [' ', EXAMPLE],
  ['?', EXAMPLE],
  ['ghcr.io/acme/app:v1/*', EXAMPLE],
  ['ghcr.io//*', EXAMPLE],
  ['ghcr.io/a___b*', EXAMPLE],
  ['ghcr.io/acme/app@sha256:abc', EXAMPLE],
  [`ghcr.io/${'a'.repeat(255)}:v1`, EXAMPLE],
];

for (const [pattern, problem, skipProblem = problem] of ROWS) {
  test(`patternProblem(${JSON.stringify(pattern)}) is ${problem ?? 'nothing'}`, () => {
    assert.equal(patternProblem(pattern), problem);
  });
  test(`skipPatternProblem(${JSON.stringify(pattern)}) is ${skipProblem ?? 'nothing'}`, () => {
    assert.equal(skipPatternProblem(pattern), skipProblem);
  });
}

const WORD = fc.stringMatching(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+){0,2}$/);
const PATH = fc.array(WORD, { minLength: 1, maxLength: 3 }).map((words) => words.join('/'));
const HOST = fc.stringMatching(
  /^(?:[a-zA-Z0-9](?:[a-z-]{0,3}[a-zA-Z0-9])?(?:\.[a-z0-9]{1,4}){0,2}|\[[a-f0-9]{0,3}:[a-f0-9:]{0,4}\])(?::[0-9]{1,5})?$/,
);
const SUFFIX = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^:\w[\w.-]{0,6}$/),
  fc.stringMatching(/^@sha256:[0-9a-f]{64}$/),
  fc.stringMatching(/^:\w[\w.-]{0,6}@sha512:[0-9a-f]{128}$/),
);
const REFERENCE = fc
  .tuple(fc.option(HOST, { nil: undefined }), PATH, SUFFIX)
  .map(([host, path, suffix]) => `${host === undefined ? '' : `${host}/`}${path}${suffix}`)
  .filter(isReference)
  .map(parseReference);

function isReference(text: string): boolean {
  try {
    return parseReference(text).written !== '';
  } catch {
    return false;
  }
}

/** The name with a wildcard here and there: it still matches. */
function widened(subject: string, holes: readonly (readonly [number, number])[]): string {
  const letters = Array.from(subject);
  for (const [at, length] of holes) {
    const start = at % letters.length;
    letters.splice(start, length, length === 1 ? '?' : '*');
  }
  return letters.join('');
}

const HOLES = fc.array(fc.tuple(fc.nat(200), fc.nat(12)), { maxLength: 4 });

test('patternProblem() never calls a pattern dead that matches an image', () => {
  fc.assert(
    fc.property(REFERENCE, HOLES, (reference, holes) => {
      const pattern = widened(patternSubject(reference), holes);
      fc.pre(imagePatternMatches(pattern, reference));
      const problem = patternProblem(pattern) ?? '';
      assert.ok(!problem.startsWith('matches no image'), `${pattern}: ${problem}`);
    }),
    { numRuns: 2_000 },
  );
});

test('skipPatternProblem() never calls a pattern dead that skips an image', () => {
  fc.assert(
    fc.property(REFERENCE, HOLES, (reference, holes) => {
      const pattern = widened(patternSubject(reference), holes);
      fc.pre(skipPatternMatches(pattern, reference));
      assert.equal(skipPatternProblem(pattern), undefined, pattern);
    }),
    { numRuns: 2_000 },
  );
});
