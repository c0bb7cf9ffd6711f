import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startFakeKube } from '#test/support/kube/fake-kube.ts';
import { startVault } from '#test/support/kms/start-vault.ts';
import { makeNotationWorld } from '#test/support/notation/notation-world.ts';
import { putNotation } from '#test/support/notation/put-notation.ts';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '#test/support/sigstore/fulcio.ts';
import { GITHUB_CLAIMS } from '#test/support/sigstore/fulcio-claims.ts';
import { storeBundle } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { runCli } from './run-cli.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

const sigstore = createVirtualSigstore();
const stranger = createVirtualSigstore();
const { rekor, time: at } = sigstore;
const PROVENANCE = 'https://slsa.dev/provenance/v1';

let registry: TestRegistry;
let files: Workspace;

/** An image with a keyless signature, its provenance, and a signature by a key. */
function signedImage(repository: string): string {
  const descriptor = putImage(registry, repository, { tag: '1.0' });
  const subject = subjectOf(registry, repository, descriptor);
  const signer = sigstore.keyless({ claims: GITHUB_CLAIMS });
  const request = { signer, at, logs: [rekor.entry()] };
  storeBundle(registry, subject, { bundle: statementBundle(descriptor.digest, request) });
  const provenance = { predicateType: PROVENANCE, predicate: { builder: 'test' } };
  const attestation = statementBundle(descriptor.digest, request, provenance);
  storeBundle(registry, subject, { bundle: attestation });
  signSimple(registry, subject, generateSignerKey(), { annotations: { env: 'prod' } });
  return `${registry.host}/${repository}:1.0`;
}

before(async () => {
  registry = await startRegistry();
  files = await makeWorkspace();
  await files.write('root.json', JSON.stringify(sigstore.trustedRoot()));
  await files.write('stranger.json', JSON.stringify(stranger.trustedRoot()));
});

after(async () => {
  await registry.close();
  await files.remove();
});

const SUBJECT = ['--certificate-identity', DEFAULT_SUBJECT] as const;
const ISSUER = ['--certificate-oidc-issuer', DEFAULT_ISSUER] as const;

/** Flags beside the image and the trust root, the exit code, and what is printed. */
const CASES: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ['the identity', [...SUBJECT, ...ISSUER], 0, /: verified\n/],
  [
    'the identity as regular expressions',
    [
      '--certificate-identity-regexp',
      '^https://github.com/acme/.*$',
      '--certificate-oidc-issuer-regexp',
      '^https://token[.]actions[.]githubusercontent[.]com$',
    ],
    0,
    /: verified\n/,
  ],
  [
    'another identity, and names the nearest miss',
    ['--certificate-identity', 'https://example.com/other', ...ISSUER],
    1,
    /: not verified\n[^]*policy wants subject "https:\/\/example\.com\/other"/,
  ],
  [
    'another issuer',
    [...SUBJECT, '--certificate-oidc-issuer', 'https://issuer.example'],
    1,
    /: not verified\n/,
  ],
  ['its provenance', [...SUBJECT, ...ISSUER, '--type', 'slsaprovenance1'], 0, /attested https:/],
  [
    'MNH-15 an attestation that is not there',
    [...SUBJECT, ...ISSUER, '--type', 'spdxjson'],
    1,
    /: not verified\n/,
  ],
];

for (const [criterion, flags, code, pattern] of CASES) {
  test(`verify answers ${code} for ${criterion}`, async () => {
    const image = signedImage('acme/app');
    const root = ['--trusted-root', files.path('root.json')];
    const result = await runCli(['verify', image, ...flags, ...root]);
    assert.equal(result.code, code, result.stdout + result.stderr);
    assert.match(result.stdout, pattern);
  });
}

test('verify tells issuer, commit, log and time of a keyless signature', async () => {
  const image = signedImage('acme/told');
  const argv = [...SUBJECT, ...ISSUER, '--trusted-root', files.path('root.json')];
  const { stdout } = await runCli(['verify', image, ...argv]);
  assert.ok(stdout.includes(`└─ signed by ${DEFAULT_SUBJECT}\n`), stdout);
  for (const row of [
    new RegExp(`issuer +${DEFAULT_ISSUER}\\n`),
    new RegExp(`logged +${at.toISOString()} in https://rekor\\.test, entry \\d+\\n`),
    /stored +Sigstore bundle as a referrer\n/,
  ])
    assert.match(stdout, row);
});

test('verify believes only the trust root that it was given', async () => {
  const image = signedImage('acme/strange');
  const argv = [...SUBJECT, ...ISSUER, '--trusted-root', files.path('stranger.json')];
  const { code, stdout } = await runCli(['verify', image, ...argv]);
  assert.equal(code, 1, stdout);
  assert.match(stdout, /: not verified\n/);
});

test('verify names a trust root that cannot be read, and does nothing', async () => {
  const bad = await files.write('bad.json', '{}');
  for (const [path, pattern] of [
    [bad, /^error: Cannot use trust root ".*bad\.json": /],
    [files.path('none.json'), /^error: Cannot use trust root ".*none\.json": .*ENOENT/],
  ] as const) {
    const argv = ['verify', 'a.example/b', ...SUBJECT, ...ISSUER, '--trusted-root', path];
    const { code, stderr } = await runCli(argv);
    assert.equal(code, 2);
    assert.match(stderr, pattern);
  }
});

test('MNH-11 verify warns of a regular expression that anybody matches', async () => {
  const image = signedImage('acme/anybody');
  const argv = ['--certificate-identity-regexp', '.*', ...ISSUER];
  const root = ['--trusted-root', files.path('root.json')];
  const { stderr } = await runCli(['verify', image, ...argv, ...root]);
  assert.match(stderr, /Warning: --certificate-identity-regexp: ".\*" matches every text/);
  const broken = ['--certificate-identity-regexp', '(', ...ISSUER];
  const refused = await runCli(['verify', image, ...broken, ...root]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /invalid argument for "--certificate-identity-regexp" flag/);
});

test('verify --key wants a log entry unless that is waived, and says how', async () => {
  const key = generateSignerKey();
  const descriptor = putImage(registry, 'acme/unlogged', { tag: '1.0' });
  signSimple(registry, subjectOf(registry, 'acme/unlogged', descriptor), key);
  const file = await files.write('unlogged.pub', key.publicKeyPem);
  const root = ['--trusted-root', files.path('root.json')];
  const argv = ['verify', `${registry.host}/acme/unlogged:1.0`, '--key', file, ...root];
  const refused = await runCli(argv);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /no transparency log entry.*--insecure-ignore-tlog would waive it/);
  assert.equal((await runCli([...argv, '--insecure-ignore-tlog'])).code, 0);
});

test('MNH-21 without a signer verify shows all signatures, and calls nothing verified', async () => {
  const image = signedImage('acme/listed');
  const root = ['--trusted-root', files.path('root.json')];
  const { code, stdout } = await runCli(['verify', image, ...root]);
  assert.equal(code, 1);
  assert.match(stdout, /: 2 signatures, 1 attestation\n/);
  assert.ok(stdout.includes(`valid: signed by ${DEFAULT_SUBJECT}\n`), stdout);
  assert.ok(stdout.includes(`valid: attested ${PROVENANCE} by ${DEFAULT_SUBJECT}\n`), stdout);
  assert.match(stdout, /not checked: says signed by a public key\n/);
  assert.match(stdout, /because +only its public key can tell: give --key\n/);
  assert.match(stdout, /^Nobody was named/m);
});

test('without a signer verify says why a certificate is not valid', async () => {
  const image = signedImage('acme/doubted');
  const root = ['--trusted-root', files.path('stranger.json')];
  const { stdout } = await runCli(['verify', image, ...root]);
  assert.ok(stdout.includes(`not valid: says signed by ${DEFAULT_SUBJECT}\n`), stdout);
  assert.doesNotMatch(stdout, / valid: signed by/);
});

test('without a signer verify -o json lists facts and claims apart', async () => {
  const image = signedImage('acme/json');
  const root = ['--trusted-root', files.path('root.json')];
  const { stdout } = await runCli(['verify', image, ...root, '-o', 'json']);
  const list = JSON.parse(stdout) as {
    kind: string;
    signatures: { kind: string; status: string; fact: unknown; predicateType: unknown }[];
  };
  assert.equal(list.kind, 'SignatureList');
  const summary = list.signatures.map(
    ({ kind, status, fact }) => `${kind} ${status} ${fact === null ? 'claim' : 'fact'}`,
  );
  assert.deepEqual(summary.toSorted(), [
    'attestation verified fact',
    'signature needs-signer claim',
    'signature verified fact',
  ]);
});

test('an image without signatures has none; a registry that is down is not "none"', async () => {
  putImage(registry, 'acme/bare', { tag: '1.0' });
  const bare = await runCli(['verify', `${registry.host}/acme/bare:1.0`]);
  assert.equal(bare.code, 1);
  assert.match(bare.stdout, /: no signatures, no attestations\n/);
  const missing = await runCli(['verify', `${registry.host}/acme/bare:2.0`]);
  assert.deepEqual([missing.code, missing.stdout], [1, '']);
  assert.match(missing.stderr, /^error: Cannot resolve tag "2\.0" of .* answered 404/);
  const down = await runCli(['verify', '127.0.0.1:1/app:1']);
  assert.equal(down.code, 3);
  assert.equal(down.stdout, '');
  registry.addFault({ kind: 'status', status: 503 }, { when: ({ kind }) => kind === 'referrers' });
  const partly = await runCli(['verify', `${registry.host}/acme/bare:1.0`]);
  registry.clearFaults();
  assert.equal(partly.code, 3);
  assert.match(partly.stdout, /could not look: Cannot list referrers/);
});

test('verify --key takes a key from a key management service', async () => {
  const key = generateSignerKey();
  const descriptor = putImage(registry, 'acme/vault', { tag: '1.0' });
  signSimple(registry, subjectOf(registry, 'acme/vault', descriptor), key);
  const keys = { 1: { name: 'P-256', public_key: key.publicKeyPem } };
  const vault = await startVault(JSON.stringify({ data: { latest_version: 1, keys } }));
  const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: 'token' };
  const argv = ['verify', `${registry.host}/acme/vault:1.0`, '--insecure-ignore-tlog', '--key'];
  const verified = await runCli([...argv, 'hashivault://release'], { env });
  await vault.close();
  assert.equal(verified.code, 0, verified.stdout);
});

test('verify --key takes a key from a Secret of the cluster that kubeconfig names', async () => {
  const key = generateSignerKey();
  const descriptor = putImage(registry, 'acme/secret', { tag: '1.0' });
  signSimple(registry, subjectOf(registry, 'acme/secret', descriptor), key);
  const kube = await startFakeKube();
  const data = { 'cosign.pub': Buffer.from(key.publicKeyPem).toString('base64') };
  const metadata = { name: 'release', namespace: 'keys' };
  kube.put({ apiVersion: 'v1', kind: 'Secret', metadata, data });
  const env = { KUBECONFIG: await files.write('kubeconfig', kube.kubeconfig()) };
  const argv = ['verify', `${registry.host}/acme/secret:1.0`, '--insecure-ignore-tlog', '--key'];
  const verified = await runCli([...argv, 'k8s://keys/release'], { env });
  const missing = await runCli([...argv, 'k8s://keys/other'], { env });
  await kube.close();
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  assert.equal(missing.code, 3);
  assert.match(
    missing.stdout,
    /could not be verified\n[^]*there is no Secret "other" in namespace "keys"/,
  );
  const nowhere = await runCli([...argv, 'k8s://keys/release']);
  assert.equal(nowhere.code, 3);
  assert.match(nowhere.stderr, /^error: /);
});

test('without a signer verify tells whom a Notary Project signature names', async () => {
  const { chain } = makeNotationWorld();
  const descriptor = putImage(registry, 'acme/notary', { tag: '1.0' });
  const subject = subjectOf(registry, 'acme/notary', descriptor);
  putNotation(registry, subject, chain, { metadata: { env: 'prod' } });
  const { code, stdout } = await runCli(['verify', `${registry.host}/acme/notary:1.0`]);
  assert.equal(code, 1);
  assert.match(stdout, /: 1 signature, no attestations\n/);
  assert.match(stdout, /not checked: says signed by CN=/);
  assert.match(stdout, /stored +Notary Project signature \(JWS\) as a referrer\n/);
  assert.doesNotMatch(stdout, /not read/);
});

test('verify --policy judges keyless signatures by the trust root, and tells the same facts', async () => {
  const image = signedImage('acme/policy');
  const policy = await files.write(
    'keyless.yaml',
    `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: keyless }
spec:
  rules:
    - name: release
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ["${registry.host}/*"]
          failureAction: Enforce
          attestors:
            - entries: [{ keyless: { subject: "${DEFAULT_SUBJECT}", issuer: "${DEFAULT_ISSUER}" } }]
`,
  );
  const [good, bad] = await Promise.all(
    ['root.json', 'stranger.json'].map(async (root) =>
      runCli(['verify', image, '-p', policy, '--trusted-root', files.path(root)]),
    ),
  );
  assert.equal(good?.code, 0, good?.stdout);
  assert.ok(good?.stdout.includes(`└─ signed by ${DEFAULT_SUBJECT}\n`), good?.stdout);
  assert.equal(bad?.code, 1, bad?.stdout);
});

test('without a signer verify says of an attached SBOM that nobody signed it', async () => {
  const subject = putImage(registry, 'acme/sbom', { tag: '1.0' });
  const tag = `${subject.digest.replace(':', '-')}.sbom`;
  putImage(registry, 'acme/sbom', { tag });
  const { code, stdout } = await runCli(['verify', `${registry.host}/acme/sbom:1.0`]);
  assert.equal(code, 1);
  assert.match(stdout, /: no signatures, no attestations\n/);
  assert.match(stdout, /not read: \S+\.sbom: an SBOM that is attached but not signed \(\S+\);/);
});
