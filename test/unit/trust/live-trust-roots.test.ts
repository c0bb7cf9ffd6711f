import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '#shared/base/clock.ts';
import { embeddedTrustedRoot } from '#shared/trust/embedded-root.ts';
import { fileTrustRoot } from '#shared/trust/file-trust-root.ts';
import { LiveTrustRoots, type TrustRootStatus } from '#shared/trust/live-trust-roots.ts';
import type { TrustRootSource } from '#shared/trust/trust-root-source.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { tufTrustRoot } from '#shared/trust/tuf-trust-root.ts';
import { createTufRepository, type TufRepository } from '#test/support/sigstore/tuf-repository.ts';
import { startTufServer, type TufServer } from '#test/support/sigstore/tuf-server.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

const first = JSON.stringify(createVirtualSigstore().trustedRoot());
const second = JSON.stringify(createVirtualSigstore().trustedRoot());
const hashOf = (json: string): string => readTrustedRoot(json).material.hash;

let directory: string;
let repository: TufRepository;
let server: TufServer;
let mirror: TrustRootSource;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trust-'));
  repository = createTufRepository({ targets: { 'trusted_root.json': Buffer.from(first) } });
  const rootPath = join(directory, 'root.json');
  await writeFile(rootPath, repository.initialRoot);
  server = await startTufServer(repository);
  mirror = tufTrustRoot({ mirror: server.url, rootPath, cachePath: join(directory, 'cache') });
});

after(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

function live(
  source: TrustRootSource,
  onChange?: (status: TrustRootStatus) => void,
): LiveTrustRoots {
  return new LiveTrustRoots({
    clock: systemClock,
    sources: new Map([[undefined, source]]),
    ...(onChange === undefined ? {} : { onChange }),
  });
}

test('LiveTrustRoots follows a TUF mirror, and keeps the last good root through every trouble', async () => {
  const states: string[] = [];
  const roots = live(mirror, ({ state, error }) => states.push(`${state} ${error ?? 'ok'}`));
  assert.equal(roots.get(undefined), undefined);
  await roots.refresh();
  const known = roots.get(undefined);
  assert.equal(known?.hash, hashOf(first));

  await roots.refresh();
  assert.equal(roots.get(undefined), known, 'the same root stays the same object');

  server.setFault({ kind: 'status', status: 503 });
  await roots.refresh();
  assert.equal(roots.get(undefined), known);
  server.setFault({ kind: 'body', body: 'a login page' });
  await roots.refresh();
  assert.equal(roots.get(undefined), known);
  server.setFault(undefined);
  repository.publish({ targets: { 'trusted_root.json': Buffer.from('{}') } });
  await roots.refresh();
  assert.equal(roots.get(undefined), known);
  const [status] = roots.status();
  assert.equal(status?.state, 'current');
  assert.match(status.error ?? '', /mediaType/);

  repository.publish({
    targets: { 'trusted_root.json': Buffer.from(second) },
    rotateKeys: true,
  });
  await roots.refresh();
  assert.equal(roots.get(undefined)?.hash, hashOf(second), 'rotation without restart');
  assert.equal(states[0], 'current ok');
  assert.equal(states.at(-1), 'current ok');
  roots.close();
});

test('tufTrustRoot() refuses metadata that the root keys did not sign', async () => {
  repository.publish({ targets: { 'trusted_root.json': Buffer.from(first) }, forge: 'targets' });
  await assert.rejects(mirror.load(), {
    code: 'REFUSED',
    message: /^Cannot fetch trust root from/,
  });
  repository.publish();
});

test('tufTrustRoot() says when a mirror cannot be reached, and which mirror needs a first root', async () => {
  const cachePath = join(directory, 'other');
  const unreachable = tufTrustRoot({
    mirror: 'http://127.0.0.1:9',
    rootPath: join(directory, 'root.json'),
    cachePath,
  });
  await assert.rejects(unreachable.load(), { code: 'UNREACHABLE' });
  const unknown = tufTrustRoot({ mirror: 'http://127.0.0.1:9/x', cachePath });
  await assert.rejects(unknown.load(), { code: 'REFUSED', message: /No root\.json found/ });
});

test('LiveTrustRoots starts from the embedded copy where the public mirror does not answer', async () => {
  const { material } = await embeddedTrustedRoot(Date.now());
  const roots = live({
    description: 'a mirror that is down',
    refreshMs: 1000,
    load: async () => Promise.reject(new Error('down')),
    fallback: async () => embeddedTrustedRoot(Date.now()),
  });
  await roots.start();
  assert.equal(roots.get(undefined), material);
  const [status] = roots.status();
  assert.equal(status?.state, 'fallback');
  assert.match(
    status.warnings.join(),
    /copy shipped with this version, of \d{4}-\d\d-\d\d \(\d+ days ago\)/,
  );
  roots.close();
});

test('LiveTrustRoots.start() does not wait for a source while something stands in', async () => {
  const { promise: never } = Promise.withResolvers<never>();
  const roots = live({
    description: 'a mirror that hangs',
    refreshMs: 1000,
    load: async () => never,
    fallback: async () => embeddedTrustedRoot(Date.now()),
  });
  await roots.start();
  assert.notEqual(roots.get(undefined), undefined);
  roots.close();
});

test('the embedded copy is the one of the package that is depended on', async () => {
  const packageJson: unknown = JSON.parse(
    await readFile(
      new URL('../../../node_modules/@sigstore/tuf/package.json', import.meta.url),
      'utf8',
    ),
  );
  // A new release ships a newer copy: its date is to be set in embedded-root.ts.
  assert.equal((packageJson as { version: string }).version, '5.0.1');
  const { material, faults } = await embeddedTrustedRoot(Date.parse('2026-11-15'));
  assert.equal(material.logs.length, 2);
  assert.equal(faults.length, 1);
  assert.match(faults[0]?.message ?? '', /10 days ago/);
});

test('fileTrustRoot() follows the file, and keeps the last good root while it is damaged', async () => {
  const path = join(directory, 'trusted_root.json');
  const roots = live(fileTrustRoot(path));
  await roots.refresh();
  assert.equal(roots.get(undefined), undefined);
  assert.equal(roots.status()[0]?.state, 'missing');
  assert.match(roots.status()[0]?.error ?? '', /^Cannot read trust root .*ENOENT/);
  await writeFile(path, first);
  await roots.refresh();
  const known = roots.get(undefined);
  assert.equal(known?.hash, hashOf(first));
  await roots.refresh();
  assert.equal(roots.get(undefined), known);
  await writeFile(path, first.slice(0, 100));
  await roots.refresh();
  assert.equal(roots.get(undefined), known);
  await writeFile(path, 'x'.repeat(1024 * 1024 + 1));
  await roots.refresh();
  assert.match(roots.status()[0]?.error ?? '', /found more than/);
  await writeFile(path, second);
  await roots.refresh();
  assert.equal(roots.get(undefined)?.hash, hashOf(second));
  roots.close();
});
