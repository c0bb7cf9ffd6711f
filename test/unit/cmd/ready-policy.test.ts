import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { readyPolicy } from '#cmd/policy/ready-policy.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';

function publicKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ format: 'pem', type: 'spki' })
    .toString();
}

for (const mode of ['audit', 'enforce'] as const) {
  test(`readyPolicy() makes a policy in ${mode} mode that reads without any fault`, () => {
    const document = readyPolicy({
      name: 'signed-images',
      publicKeys: publicKey(),
      images: ['ghcr.io/acme/*'],
      mode,
    });
    const read = readPolicy(document);
    assert.deepEqual(read?.faults, []);
    const rules = read.policy?.rules ?? [];
    assert.ok(rules.length > 0);
    for (const rule of rules) {
      assert.equal(rule.kind, 'verify-images');
      assert.equal(rule.action.mode, mode);
      // Kyverno refuses audit mode together with mutateDigest.
      assert.deepEqual(
        rule.entries.map(({ mutateDigest, required }) => [mutateDigest, required]),
        [[mode === 'enforce', true]],
      );
    }
  });
}

test('readyPolicy() wants a signature by any one of several keys', () => {
  const document = readyPolicy({
    name: 'signed-images',
    publicKeys: publicKey() + publicKey(),
    images: ['*'],
    mode: 'enforce',
    annotations: { env: 'prod' },
  });
  const rules = readPolicy(document)?.policy?.rules ?? [];
  const [set] = rules.flatMap((rule) =>
    rule.kind === 'verify-images' ? rule.entries.flatMap(({ attestors }) => attestors) : [],
  );
  assert.ok(set !== undefined);
  assert.equal(set.count, 1);
  assert.deepEqual(
    set.entries.map((entry) =>
      entry.kind === 'key' ? [entry.annotations, entry.log.kind] : entry,
    ),
    [
      [{ env: 'prod' }, 'ignored'],
      [{ env: 'prod' }, 'ignored'],
    ],
  );
});
