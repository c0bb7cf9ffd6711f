import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { digestPolicy, keyPolicy } from './manifests.ts';
import type { Manifest } from './manifests.ts';
import { waitFor } from './wait-for.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

before(async () => {
  world = await startWorld();
  await world.install();
});

after(async () => {
  await world.stop();
});

function own(policy: Manifest, name: string): Manifest {
  const kind = 'ClusterSignPolicy';
  return { ...policy, apiVersion: 'sign-policy.dev/v1alpha1', kind, metadata: { name } };
}

/** The columns of `kubectl get csp NAME`. */
async function columns(name: string): Promise<readonly string[]> {
  const text = await world.kubectl(['get', 'csp', name, '--no-headers']);
  return text.trim().split(/\s+/);
}

async function waitForReady(name: string, wanted: string): Promise<void> {
  await waitFor(`kubectl get csp ${name} to show ${wanted}`, async () =>
    (await columns(name))[1] === wanted ? true : undefined,
  );
}

test('own kinds: a policy that is applied shows Ready, its mode and its rules', async () => {
  const applied = await world.apply('default', own(keyPolicy(world.images), 'shop'));
  assert.equal(applied.code, 0, applied.stderr);
  await world.kubectl(['wait', 'csp/shop', '--for=condition=Ready', '--timeout=60s']);
  assert.deepEqual((await columns('shop')).slice(0, 4), ['shop', 'True', 'Enforce', '1']);
  const header = await world.kubectl(['get', 'csp', 'shop']);
  assert.match(header, /^NAME +READY +MODE +RULES +AGE\n/);
  const kinds = await world.kubectl(['get', 'csp', 'shop', '-o', 'jsonpath={.status.matches}']);
  assert.ok(kinds.includes('Deployment.apps'), kinds);
});

test('own kinds: a namespaced policy gets its status too', async () => {
  const namespace = await world.createNamespace();
  const policy = { ...own(digestPolicy(), 'digests'), kind: 'SignPolicy' };
  const applied = await world.apply(namespace, policy);
  assert.equal(applied.code, 0, applied.stderr);
  const wait = ['wait', 'signpol/digests', '-n', namespace, '--for=condition=Ready'];
  await world.kubectl([...wait, '--timeout=60s']);
});

test('own kinds: a broken change shows its fault and leaves the last good version in force', async () => {
  await world.apply('default', own(digestPolicy(), 'digests'));
  await waitForReady('digests', 'True');
  await world.kubectl(['delete', 'clusterpolicies.kyverno.io', '--all']);
  await world.kubectl(['delete', 'csp', 'shop']);
  await world.waitUntil('refused', world.images.unsigned.byTag);
  const rules = [
    {
      name: 'check',
      match: { any: [{ resources: { kindz: ['Pod'] } }] },
      verifyImages: [{ imageReferences: ['*'] }],
    },
  ];
  const patch = JSON.stringify({ spec: { rules } });
  await world.kubectl(['patch', 'csp/digests', '--type=merge', '-p', patch]);
  await waitForReady('digests', 'False');
  const path = 'jsonpath={.status.conditions[0].reason}: {.status.faults[0].path}';
  const shown = await world.kubectl(['get', 'csp', 'digests', '-o', path]);
  assert.equal(shown, 'LastGoodVersionInForce: spec.rules[0].match.any[0].resources.kindz');
  await world.waitUntil('refused', world.images.unsigned.byTag);
});

test('own kinds: kubectl explain tells what the fields mean', async () => {
  const rows = [
    ['csp', /Which images must be signed by whom, for the whole cluster/],
    ['csp.spec.rules.verifyImages.imageReferences', /Patterns of image names/],
    ['csp.spec.rules.verifyImages.attestors.entries.keyless.subject', /Who signed/],
    ['csp.spec.rules.verifyImages.attestors.entries.keys.rekor.ignoreTlog', /in no log/],
    ['csp.status.conditions', /kubectl wait/],
    ['signpolicies.spec.rules', /Which|The rules/],
  ] as const;
  for (const [path, wanted] of rows) {
    assert.match(await world.kubectl(['explain', path]), wanted, path);
  }
});

const ENTRY = { imageReferences: ['ghcr.io/acme/*'] };

function withRule(change: object): Manifest {
  const rule = { name: 'a', match: { any: [{ resources: { kinds: ['Pod'] } }] }, ...change };
  return { ...own(digestPolicy(), 'refused'), spec: { rules: [rule] } };
}

function withSigner(signer: object): Manifest {
  return withRule({ verifyImages: [{ ...ENTRY, attestors: [{ entries: [signer] }] }] });
}

test('own kinds: what no reader accepts is refused by the API server', async () => {
  const rows: readonly (readonly [string, Manifest, RegExp])[] = [
    ['no rule', { ...own(digestPolicy(), 'refused'), spec: { rules: [] } }, /spec\.rules/],
    [
      'two things in a rule',
      withRule({ validate: { pattern: {} }, verifyImages: [ENTRY] }),
      /a rule has exactly one of verifyImages, validate, mutate and generate/,
    ],
    [
      'no match',
      withRule({ match: undefined, verifyImages: [ENTRY] }),
      /a rule with verifyImages says what it matches/,
    ],
    ['no pattern', withRule({ verifyImages: [{ imageReferences: [] }] }), /imageReferences/],
    ['no entry', withRule({ verifyImages: [] }), /verifyImages/],
    [
      'an empty set of signers',
      withRule({ verifyImages: [{ ...ENTRY, attestors: [{ entries: [] }] }] }),
      /entries/,
    ],
    ['two kinds of signer', withSigner({ keyless: {}, keys: { kms: 'awskms:///a' } }), /oneOf/],
    ['no kind of signer', withSigner({ repository: 'a' }), /oneOf/],
    ['two sources of keys', withSigner({ keys: { kms: 'a', publicKeys: 'b' } }), /oneOf/],
    [
      'a negative count',
      withRule({
        verifyImages: [{ ...ENTRY, attestors: [{ count: -1, entries: [{ keyless: {} }] }] }],
      }),
      /count/,
    ],
    [
      'an action that does not exist',
      withRule({ verifyImages: [{ ...ENTRY, failureAction: 'Warn' }] }),
      /failureAction/,
    ],
  ];
  for (const [what, policy, wanted] of rows) {
    const { code, stderr } = await world.apply('default', policy, '--dry-run=server');
    assert.equal(code, 1, what);
    assert.match(stderr, wanted, what);
  }
});

test('own kinds: what the reader accepts is accepted by the API server', async () => {
  const keyless = { issuer: 'https://a.example', subject: 'b@example.com' };
  const nested = { attestor: { count: 1, entries: [{ keyless }] } };
  const rows: readonly (readonly [string, Manifest])[] = [
    [
      'audit that pins',
      withRule({ verifyImages: [{ ...ENTRY, mutateDigest: true, failureAction: 'Audit' }] }),
    ],
    ['the old form of a pattern', withRule({ verifyImages: [{ image: 'a/*', key: 'x' }] })],
    [
      'a count of none',
      withRule({
        verifyImages: [{ ...ENTRY, attestors: [{ count: null, entries: [{ keyless }] }] }],
      }),
    ],
    ['signers in signers', withSigner(nested)],
    ['fields that are not typed', withSigner({ keyless: { ...keyless, somethingNew: [1] } })],
    ['rules about other things', withRule({ match: undefined, generate: { kind: 'ConfigMap' } })],
    [
      'forty signers',
      withRule({
        verifyImages: [
          { ...ENTRY, attestors: [{ entries: Array.from({ length: 40 }, () => ({ keyless })) }] },
        ],
      }),
    ],
  ];
  for (const [what, policy] of rows) {
    const { code, stderr } = await world.apply('default', policy, '--dry-run=server');
    assert.equal(code, 0, `${what}: ${stderr}`);
  }
});
