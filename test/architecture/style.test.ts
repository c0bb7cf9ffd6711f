import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SourceFile, sourceFiles } from './source-files.ts';

const product = sourceFiles(['shared', 'server', 'cmd']);
const everything = [...product, ...sourceFiles(['test'])];

/** Lines that are neither blank nor comment. */
function codeLines({ text }: SourceFile): number {
  return text.split('\n').filter((line) => !/^\s*(?:$|\/\/|\/?\*)/.test(line)).length;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

test('style: files hold the size budget (median 70, p90 200, none above 300 lines of code)', () => {
  const sizes = product.map(codeLines).toSorted((a, b) => a - b);
  assert.ok(sizes.length > 60, `measured ${sizes.length} files`);
  assert.ok(quantile(sizes, 0.5) <= 70, `median ${quantile(sizes, 0.5)}`);
  assert.ok(quantile(sizes, 0.9) <= 200, `p90 ${quantile(sizes, 0.9)}`);
  assert.deepEqual(
    product.filter((file) => codeLines(file) > 300).map(({ path }) => path),
    [],
  );
});

test('style: file names are kebab-case and say what they export', () => {
  const wrong = everything
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/(?:^|\/)[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.d)?\.ts$/.test(path) ||
        /\/(?:utils?|helpers?|misc|common|index)\.ts$/.test(path),
    );
  assert.deepEqual(wrong, []);
});

/** Built from parts, so that this file does not contain what it looks for. */
const FORBIDDEN = [
  ['TO', 'DO'],
  ['FIX', 'ME'],
  ['@ts-', 'ignore'],
  ['@ts-', 'nocheck'],
  ['@ts-', 'expect-error'],
  ['oxlint-', 'disable'],
  ['eslint-', 'disable'],
  ['as ', 'any'],
].map((parts) => parts.join(''));

test('style: no unfinished spots and no switched-off checks', () => {
  const found = everything.flatMap(({ path, text }) =>
    FORBIDDEN.filter((word) => new RegExp(`(?<![\\w])${word}\\b`).test(text)).map(
      (word) => `${path}: ${word}`,
    ),
  );
  assert.deepEqual(found, []);
});

test('style: no test is skipped or the only one to run', () => {
  const found = everything
    .filter(({ path }) => path.endsWith('.test.ts'))
    .filter(({ text }) =>
      /\b(?:test|it|describe)\.(?:skip|only|todo)\(|\{\s*(?:skip|only|todo):/.test(text),
    )
    .map(({ path }) => path);
  assert.deepEqual(found, []);
});

test('style: product files export four functions or classes at most', () => {
  const wrong = product
    .map(({ path, text }) => ({
      path,
      count: [...text.matchAll(/^export (?:async )?(?:function|class)\b/gm)].length,
    }))
    .filter(({ count }) => count > 4);
  assert.deepEqual(wrong, []);
});
