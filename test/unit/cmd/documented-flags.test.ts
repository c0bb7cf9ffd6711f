import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commands } from '#cmd/commands.ts';
import { FLAGS } from '#server/flags.ts';

/** The pages that describe commands which have none of their own name. */
const PAGES: Readonly<Record<string, string>> = { attest: 'sign', uninstall: 'install' };

/** They explain themselves by their help alone. */
const WITHOUT_PAGE: ReadonlySet<string> = new Set(['completion', 'version']);

function page(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8');
}

/** Whether a page has the flag as code: `--output FORMAT`, `-o json`. */
function mentions(text: string, written: string): boolean {
  return new RegExp(String.raw`[\x60 (]${written}(?![\w-])`).test(text);
}

for (const { name, flags } of commands.filter((command) => !WITHOUT_PAGE.has(command.name))) {
  test(`docs: the page of ${name} has every flag of it`, () => {
    const text = page(PAGES[name] ?? name);
    const missing = Object.entries(flags).flatMap(([flag, { short }]) =>
      mentions(text, `--${flag}`) || (short !== undefined && mentions(text, `-${short}`))
        ? []
        : [`--${flag}`],
    );
    assert.deepEqual(missing, []);
  });
}

test('docs: the page of the webhook has every flag of it', () => {
  const text = page('webhook');
  const missing = FLAGS.filter(({ name }) => !mentions(text, `--${name}`));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});

test('docs: the README links every page but the list of bugs, which is for those who work on it', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const pages = readdirSync(new URL('../../../docs', import.meta.url));
  const missing = pages.filter((file) => !readme.includes(`](docs/${file})`));
  assert.deepEqual(missing, ['must-not-happen.md']);
});
