import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { initTUF } from '@sigstore/tuf';
import { type TufRepository, createTufRepository } from '#test/support/sigstore/tuf-repository.ts';
import { type TufServer, startTufServer } from '#test/support/sigstore/tuf-server.ts';

let directory: string;
let repository: TufRepository;
let server: TufServer;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tuf-'));
  repository = createTufRepository({ targets: { 'trusted_root.json': Buffer.from('first') } });
  await writeFile(join(directory, 'root.json'), repository.initialRoot);
  server = await startTufServer(repository);
});

after(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

async function readTarget(): Promise<string> {
  const client = await initTUF({
    mirrorURL: server.url,
    rootPath: join(directory, 'root.json'),
    cachePath: directory,
    retry: false,
  });
  return client.getTarget('trusted_root.json');
}

test('TUF repository: the real client reads it, follows new versions and rotated keys, refuses forgeries', async () => {
  assert.equal(await readTarget(), 'first');
  repository.publish({ targets: { 'trusted_root.json': Buffer.from('second') } });
  assert.equal(await readTarget(), 'second');
  repository.publish({
    targets: { 'trusted_root.json': Buffer.from('third') },
    rotateKeys: true,
  });
  assert.equal(await readTarget(), 'third');
  repository.publish({ forge: 'timestamp' });
  await assert.rejects(readTarget(), /timestamp was signed by 0\/1 keys/);
  repository.publish();
  server.setFault({ kind: 'status', status: 503 });
  await assert.rejects(readTarget(), /503|Failed to download/);
  server.setFault(undefined);
  repository.publish({ expires: new Date('2020-01-01') });
  await assert.rejects(readTarget(), /expired/);
});
