import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders that one of the npm scripts runs, whole. */
const RUN = [
  'test/architecture',
  'test/unit',
  'test/integration',
  // `npm run test:cluster`
  'test/cluster',
  'test/interop',
];

/** Long after anybody who works on this will have retired. */
const FAR_AWAY = Date.UTC(2080, 0, 1);

test('MNH-22 every test file is below a folder that a script runs, and has tests in it', () => {
  const files = globSync('test/**/*.test.ts', { cwd: ROOT });
  assert.ok(files.length > 60, `found ${files.length} test files`);
  assert.deepEqual(
    files.filter((file) => !RUN.some((folder) => file.startsWith(`${folder}/`))),
    [],
  );
  const empty = files.filter((file) => !/\btest\(/.test(readFileSync(join(ROOT, file), 'utf8')));
  assert.deepEqual(empty, []);
});

test('MNH-22 the scripts run those folders', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const gate = `${scripts['test:unit']} ${scripts['test:integration']}`;
  for (const folder of RUN.slice(0, 3)) assert.ok(gate.includes(`${folder}/**/*.test.ts`), folder);
  assert.match(scripts['test'] ?? '', /test:unit.*test:integration/);
  const cluster = readFileSync(join(ROOT, 'test/cluster/main.ts'), 'utf8');
  for (const folder of ['cluster', 'interop']) assert.ok(cluster.includes(folder), folder);
});

test('MNH-23 no committed fixture expires', () => {
  const files = globSync('test/**/fixture/**/*', { cwd: ROOT }).filter((file) =>
    /\.\w+$/.test(file),
  );
  assert.ok(files.length > 10, `found ${files.length} fixtures`);
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), 'utf8').replaceAll('\\n', '\n');
    assert.doesNotMatch(text, /"expires"\s*:/, file);
    const pems = text.match(
      /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g,
    );
    for (const pem of pems ?? []) {
      const { validToDate } = new X509Certificate(pem);
      assert.ok(validToDate.getTime() > FAR_AWAY, `${file}: ends ${validToDate.toISOString()}`);
    }
  }
});
