import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);

const PAGES: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(new URL('docs/', ROOT)).map((name) => `docs/${name}`),
];

function read(page: URL): string {
  return readFileSync(page, 'utf8').replaceAll(/^ *```[^]*?^ *```$/gm, '');
}

/** The anchors of headings, as GitHub makes them. */
function anchors(page: URL): ReadonlySet<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(headings);
}

/** What is wrong with the links of a page to pages and headings of this repository. */
function deadLinks(page: string): readonly string[] {
  const here = new URL(page, ROOT);
  const links = [...read(here).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(
    ([, link = '']) => link,
  );
  return links.filter((link) => {
    const target = new URL(link, here);
    const anchor = target.hash.slice(1);
    target.hash = '';
    return !existsSync(target) || (anchor !== '' && !anchors(target).has(anchor));
  });
}

test('links: every link of a page leads to a page or heading that is there', () => {
  assert.ok(PAGES.length > 15);
  for (const page of PAGES) assert.deepEqual(deadLinks(page), [], page);
});
