import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import { type RekorServer, startRekorServer } from '#test/support/sigstore/rekor-server.ts';
import { storeSignatures } from '#test/support/sigstore/store-signature.ts';
import { unbundledLayer } from '#test/support/sigstore/unbundled-layer.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

const sigstore = createVirtualSigstore();

let registry: TestRegistry;
let server: RekorServer;
let files: Workspace;
let image: string;

before(async () => {
  registry = await startRegistry();
  server = await startRekorServer();
  files = await makeWorkspace();
  await files.write('root.json', JSON.stringify(sigstore.trustedRoot()));
  const repository = 'acme/app';
  const subject = subjectOf(registry, repository, putImage(registry, repository, { tag: 'v1' }));
  const signer = sigstore.keyless();
  const request = { signer, at: sigstore.time, log: sigstore.rekor.entry() };
  const { layer, entry } = unbundledLayer(subject, request);
  storeSignatures(registry, subject, { layers: [layer] });
  server.add(entry);
  image = `${registry.host}/${repository}:v1`;
});

after(async () => {
  await registry.close();
  await server.close();
  await files.remove();
});

async function verify(...flags: readonly string[]): Promise<CliResult> {
  return runCli(['verify', image, '--trusted-root', files.path('root.json'), ...flags]);
}

const IDENTITY = [
  '--certificate-identity',
  DEFAULT_SUBJECT,
  '--certificate-oidc-issuer',
  DEFAULT_ISSUER,
];

/** A policy that names the log; of a namespace where one is given. */
async function policyFile(namespace?: string): Promise<string> {
  const keyless = { subject: DEFAULT_SUBJECT, issuer: DEFAULT_ISSUER, rekor: { url: server.url } };
  const rule = {
    name: 'signed',
    match: { any: [{ resources: { kinds: ['Pod'] } }] },
    verifyImages: [{ imageReferences: ['*'], attestors: [{ entries: [{ keyless }] }] }],
  };
  const policy = {
    apiVersion: 'kyverno.io/v1',
    kind: namespace === undefined ? 'ClusterPolicy' : 'Policy',
    metadata: { name: 'p', ...(namespace === undefined ? {} : { namespace }) },
    spec: { validationFailureAction: 'Enforce', rules: [rule] },
  };
  const name = `${namespace ?? 'cluster'}.json`;
  await files.write(name, JSON.stringify(policy));
  return files.path(name);
}

test('verify --rekor-url asks the log for the entry of a signature that brings none along', async () => {
  const silent = await verify(...IDENTITY);
  assert.equal(silent.code, 1, silent.stdout + silent.stderr);
  assert.match(silent.stdout, /has no transparency log entry/);
  assert.equal(server.questions.length, 0);
  const asked = await verify(...IDENTITY, '--rekor-url', server.url);
  assert.equal(asked.code, 0, asked.stdout + asked.stderr);
  assert.match(asked.stdout, /logged +2024-06-01T12:00:00\.000Z in https:\/\/rekor\.test/);
});

test('verify --policy asks the log that the policy names, unless --no-online-log is given', async () => {
  const policy = await policyFile();
  assert.equal((await verify('--policy', policy)).code, 0);
  const before = server.questions.length;
  const offline = await verify('--policy', policy, '--no-online-log');
  assert.equal(offline.code, 1, offline.stdout);
  assert.equal(server.questions.length, before);
});

test('verify --policy has a log of a namespaced policy asked only with --log-url', async () => {
  const policy = await policyFile('default');
  const refused = await verify('--policy', policy);
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stdout, /a policy of a namespace names it/);
  const allowed = await verify('--policy', policy, '--log-url', server.url);
  assert.equal(allowed.code, 0, allowed.stdout + allowed.stderr);
});

test('verify --rekor-url is refused where it names no URL or nobody is named', async () => {
  const bad = await verify(...IDENTITY, '--rekor-url', 'rekor');
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /invalid argument "rekor" for "--rekor-url" flag/);
  const alone = await verify('--rekor-url', server.url);
  assert.equal(alone.code, 2);
  assert.match(alone.stderr, /--rekor-url is for --key and --certificate-identity/);
});
