import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from 'fast-json-patch';
import { applyPatch } from '#shared/workload/image-patch.ts';
import { stringAt } from '#shared/base/json-value.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { policiesFrom, verifyPolicy } from '#test/support/admission/policies.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';

const FORGED = {
  'kyverno.io/verify-images': '{"forged":"pass"}',
  'team.example/owner': 'web',
};

async function annotated(
  entry: readonly string[],
  more: {
    readonly annotations?: Record<string, string>;
    readonly request?: object;
    readonly rule?: string;
  } = {},
): Promise<{
  object: ReturnType<typeof pod>;
  digest: string;
  host: string;
  patch: readonly Operation[];
}> {
  const registry = await startRegistry();
  const engine = startEngine();
  const key = generateSignerKey();
  try {
    const image = putSignedImage(registry, 'acme/app:v1', { key });
    const { annotations } = more;
    const metadata = { name: 'web', namespace: 'prod', ...(annotations && { annotations }) };
    const object = { ...pod([image.reference]), metadata };
    const policies = policiesFrom(
      verifyPolicy({ images: `${registry.host}/*`, keys: [key.publicKeyPem], entry }).replace(
        'name: check-signature',
        `name: ${more.rule ?? 'check-signature'}`,
      ),
    );
    const decision = await engine.admit(requestFor(object, more.request), {
      policies,
      stage: 'mutate',
      pin: 'pods',
    });
    assert.equal(decision.allowed, true, decision.message);
    const patch = [...decision.annotations, ...decision.patch];
    return { object: applyPatch(object, patch), digest: image.digest, host: registry.host, patch };
  } finally {
    await engine.close();
    await registry.close();
  }
}

function annotation(object: ReturnType<typeof pod>, name: string): unknown {
  return JSON.parse(stringAt(object, 'metadata', 'annotations', `kyverno.io/${name}`) ?? 'null');
}

test('a verified image stands in both of Kyverno’s annotations under its digest', async () => {
  const { object, digest, host } = await annotated([]);
  const name = `${host}/acme/app@${digest}`;
  assert.deepEqual(annotation(object, 'verify-images'), { [name]: 'pass' });
  assert.deepEqual(annotation(object, 'verify-images-scoped'), {
    version: 1,
    policies: { '/verify-images': { 'check-signature': { [name]: 'pass' } } },
  });
});

test('an image that is not pinned stands there with its tag', async () => {
  const { object, host } = await annotated(['mutateDigest: false', 'verifyDigest: false']);
  assert.deepEqual(annotation(object, 'verify-images'), { [`${host}/acme/app:v1`]: 'pass' });
});

test('MNH-07 a forged annotation is replaced, others stay', async () => {
  const { object, digest, host } = await annotated([], { annotations: FORGED });
  assert.deepEqual(annotation(object, 'verify-images'), {
    [`${host}/acme/app@${digest}`]: 'pass',
  });
  assert.equal(stringAt(object, 'metadata', 'annotations', 'team.example/owner'), 'web');
});

test('annotations come first in the patch, and the missing parent before them', async () => {
  const { patch } = await annotated([]);
  assert.deepEqual(
    patch.map(({ op, path }) => `${op} ${path}`),
    [
      'add /metadata/annotations',
      'add /metadata/annotations/kyverno.io~1verify-images',
      'add /metadata/annotations/kyverno.io~1verify-images-scoped',
      'replace /spec/containers/0/image',
    ],
  );
});

test('a subresource gets none: the API server would drop them', async () => {
  const { patch } = await annotated([], { request: { subresource: 'ephemeralcontainers' } });
  assert.deepEqual(
    patch.map(({ op }) => op),
    ['replace'],
  );
});

test('a rule may have any name', async () => {
  const { object } = await annotated([], { rule: '__proto__' });
  const scoped = stringAt(object, 'metadata', 'annotations', 'kyverno.io/verify-images-scoped');
  assert.match(scoped ?? '', /"\/verify-images":\{"__proto__":\{"[^"]+":"pass"\}\}/);
  assert.deepEqual(Object.keys(Object.prototype), []);
});
