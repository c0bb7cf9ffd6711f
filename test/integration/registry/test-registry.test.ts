import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Digest } from '#shared/base/digest.ts';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';

const PAYLOAD = 'payload';
const DIGEST = sha256Digest(PAYLOAD);

type Send = (method: string, path: string, body?: string) => Promise<Response>;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

function sender(registry: TestRegistry): Send {
  return (method, path, body) =>
    fetch(new URL(path, registry.origin), {
      method,
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': MANIFEST },
    });
}

const UPLOADS: readonly (readonly [string, (send: Send) => Promise<Response>])[] = [
  ['by one POST', (send) => send('POST', `/v2/acme/app/blobs/uploads/?digest=${DIGEST}`, PAYLOAD)],
  [
    'by POST and PUT',
    async (send) => {
      const opened = await send('POST', '/v2/acme/app/blobs/uploads/');
      return send('PUT', `${opened.headers.get('location')}?digest=${DIGEST}`, PAYLOAD);
    },
  ],
  [
    'in chunks',
    async (send) => {
      const opened = await send('POST', '/v2/acme/app/blobs/uploads/');
      const place = opened.headers.get('location') ?? '';
      await send('PATCH', place, 'pay');
      const second = await send('PATCH', place, 'load');
      assert.equal(second.headers.get('range'), '0-6');
      return send('PUT', `${place}?digest=${DIGEST}`);
    },
  ],
  [
    'by mounting it',
    async (send) => {
      await send('POST', `/v2/other/app/blobs/uploads/?digest=${DIGEST}`, PAYLOAD);
      return send('POST', `/v2/acme/app/blobs/uploads/?mount=${DIGEST}&from=other/app`);
    },
  ],
];

for (const [name, upload] of UPLOADS) {
  test(`TestRegistry takes a blob ${name}`, async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.close());
    const send = sender(registry);
    assert.equal((await upload(send)).status, 201);
    const blob = await send('GET', `/v2/acme/app/blobs/${DIGEST}`);
    assert.equal(await blob.text(), PAYLOAD);
  });
}

test('TestRegistry refuses a blob and a manifest of another digest', async (t) => {
  const registry = await startRegistry();
  t.after(() => registry.close());
  const send = sender(registry);
  const blob = await send('POST', `/v2/acme/app/blobs/uploads/?digest=${DIGEST}`, 'other');
  assert.equal(blob.status, 400);
  const manifest = await send('PUT', `/v2/acme/app/manifests/${DIGEST}`, '{}');
  assert.equal(manifest.status, 400);
});

test('TestRegistry takes, lists and forgets manifests, and reports their subject', async (t) => {
  const registry = await startRegistry();
  t.after(() => registry.close());
  const send = sender(registry);
  const { digest } = putImage(registry, 'acme/app', { tag: '1' });
  const body = JSON.stringify({ subject: { digest }, config: { mediaType: 'application/x' } });
  const put = await send('PUT', '/v2/acme/app/manifests/2', body);
  assert.equal(put.status, 201);
  assert.equal(put.headers.get('oci-subject'), digest);
  const tags = await send('GET', '/v2/acme/app/tags/list');
  assert.deepEqual(await tags.json(), { name: 'acme/app', tags: ['1', '2'] });
  const referrers = await send(
    'GET',
    `/v2/acme/app/referrers/${digest}?artifactType=application/x`,
  );
  assert.equal(referrers.headers.get('oci-filters-applied'), 'artifactType');
  const { manifests } = (await referrers.json()) as { manifests: { digest: string }[] };
  assert.deepEqual(
    manifests.map((manifest) => manifest.digest),
    [sha256Digest(body)],
  );
  assert.equal((await send('DELETE', '/v2/acme/app/manifests/2')).status, 202);
  assert.equal((await send('HEAD', '/v2/acme/app/manifests/2')).status, 404);
});

test('TestRegistry wants a token for pushing, one for pulling does not do', async (t) => {
  const registry = await startRegistry({ auth: { kind: 'bearer' } });
  t.after(() => registry.close());
  const push = async (scope: string): Promise<number> => {
    const token = registry.issueToken(scope);
    const response = await fetch(`${registry.origin}/v2/acme/app/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    return response.status;
  };
  assert.equal(await push('repository:acme/app:pull'), 401);
  assert.equal(await push('repository:acme/other:pull,push'), 401);
  assert.equal(await push('repository:acme/app:pull,push'), 202);
});
