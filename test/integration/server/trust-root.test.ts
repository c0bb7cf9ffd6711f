import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseConfig } from '#server/config.ts';
import { ConfigError } from '#server/config-error.ts';
import { createLog } from '#server/observe/log.ts';
import { type RunningWebhook, serve } from '#server/serve.ts';
import { systemClock } from '#shared/base/clock.ts';
import type { TrustRoots } from '#shared/trust/trust-roots.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { until } from '#test/support/kube/until.ts';
import { createTufRepository } from '#test/support/sigstore/tuf-repository.ts';
import { startTufServer, type TufServer } from '#test/support/sigstore/tuf-server.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { POLICY } from './policy-fixture.ts';

const KEYLESS = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: keyless }
spec:
  rules:
    - name: r
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ["*"]
          attestors:
            - entries:
                - keyless: { subject: a@acme.example, issuer: https://acme.example }
`;

const first = JSON.stringify(createVirtualSigstore().trustedRoot());
const second = JSON.stringify(createVirtualSigstore().trustedRoot());
const hashOf = (json: string): string => readTrustedRoot(json).material.hash;

let directory: string;
let mirror: TufServer;
const closing: (() => Promise<unknown>)[] = [];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-root-'));
  const repository = createTufRepository({ targets: { 'trusted_root.json': Buffer.from(first) } });
  await writeFile(join(directory, 'tuf-root.json'), repository.initialRoot);
  mirror = await startTufServer(repository);
});

after(async () => {
  for (const close of closing) await close();
  await mirror.close();
  await rm(directory, { recursive: true });
});

interface Started {
  readonly webhook: RunningWebhook;
  readonly roots: TrustRoots;
  readonly get: (path: string) => Promise<string>;
}

async function start(policy: string, ...flags: readonly string[]): Promise<Started> {
  const policies = await mkdtemp(join(directory, 'policies-'));
  await writeFile(join(policies, 'policy.yaml'), policy);
  const argv = ['--policies', policies, '--listen=127.0.0.1:0', '--health-listen=127.0.0.1:0'];
  const parsed = parseConfig([...argv, ...flags], {});
  assert(parsed.kind === 'run');
  let given: TrustRoots | undefined;
  const webhook = await serve({
    config: parsed.config,
    log: createLog('error', { write: () => undefined }),
    clock: systemClock,
    version: '1',
    kube: undefined,
    createAdmit: ({ trustRoots: roots }) => {
      given = roots;
      return () => Promise.reject(new Error('nothing is judged here'));
    },
  });
  closing.push(() => webhook.close({ wait: 0 }));
  assert.ok(given !== undefined);
  const base = `http://127.0.0.1:${webhook.health?.port}`;
  return { webhook, roots: given, get: async (path) => (await fetch(`${base}${path}`)).text() };
}

function mirrorFlags(cache: string): readonly string[] {
  const root = join(directory, 'tuf-root.json');
  return ['--tuf-mirror', mirror.url, '--tuf-root', root, '--tuf-cache', join(directory, cache)];
}

test('--trusted-root is there at the start and followed without a restart', async () => {
  const file = join(directory, 'trusted_root.json');
  await writeFile(file, first);
  const { roots, get } = await start(KEYLESS, '--trusted-root', file);
  assert.equal(roots.get(undefined)?.hash, hashOf(first));
  assert.match(
    await get('/readyz?verbose'),
    /\[\+\]trust-root ok\n {3}file .*: current, confirmed /,
  );
  assert.match(await get('/metrics'), /^sign_policy_trust_root_timestamp_seconds [1-9]/m);
  await writeFile(`${file}.new`, second);
  await rename(`${file}.new`, file);
  await until('the new root', () => roots.get(undefined)?.hash === hashOf(second));
});

test('a trust root file that cannot be used is told at the start', async () => {
  const file = join(directory, 'bad.json');
  await writeFile(file, '{}');
  for (const path of [file, join(directory, 'missing.json')])
    await assert.rejects(start(KEYLESS, '--trusted-root', path), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.code, 'BAD_FILE');
      assert.match(error.message, /^Cannot read trust(?:ed)? root/);
      return true;
    });
});

test('a TUF mirror is asked in the background once a policy needs a trust root, and not before', async () => {
  const idle = await start(POLICY, ...mirrorFlags('idle'));
  assert.equal(idle.roots.get(undefined), undefined);
  assert.deepEqual(mirror.requests, []);
  assert.match(await idle.get('/metrics'), /^sign_policy_trust_root_timestamp_seconds 0$/m);
  const { roots } = await start(KEYLESS, ...mirrorFlags('busy'));
  await until('the root of the mirror', () => roots.get(undefined)?.hash === hashOf(first));
});

test('a TUF mirror out of reach keeps nobody from starting', async () => {
  mirror.setFault({ kind: 'hang' });
  const { roots, get } = await start(KEYLESS, ...mirrorFlags('hanging'));
  assert.equal(roots.get(undefined), undefined);
  assert.match(await get('/readyz?verbose'), /\[\+\]trust-root ok\n {3}TUF mirror .*: missing/);
  mirror.setFault(undefined);
});

test('--no-tuf uses the shipped copy and tells its age', async () => {
  const { roots, get } = await start(KEYLESS, '--no-tuf');
  assert.ok((roots.get(undefined)?.certificateAuthorities.length ?? 0) > 0);
  await until('the age', async () =>
    (await get('/readyz?verbose')).includes('the trust root is the copy shipped with this version'),
  );
});
