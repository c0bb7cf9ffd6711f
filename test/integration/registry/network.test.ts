import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAuthority, issueCertificate } from '#server/tls/certificate-authority.ts';
import { putBlob, putImage } from '#test/support/registry/image.ts';
import { openClient } from '#test/support/registry/open-client.ts';
import { type TestProxy, startProxy } from '#test/support/registry/proxy.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';

/** A server certificate for `name`, and the private authority that made it. */
async function certify(
  name: string,
): Promise<{ tls: { key: string; cert: string }; authority: string }> {
  const authority = await createAuthority(Date.now());
  const { key, certificate } = await issueCertificate(authority, [name], Date.now());
  return { tls: { key, cert: certificate }, authority: authority.certificate };
}

test('a registry of a private authority is read where that is trusted', async (t) => {
  const { tls, authority } = await certify('127.0.0.1');
  const { client, registry, repository } = await openClient(t, {
    tls,
    auth: { kind: 'bearer' },
    factory: (host) => ({ tlsHosts: [host], extraCertificates: [authority] }),
  });
  const image = putImage(registry, 'acme/app', { tag: '1' });
  assert.equal((await client.resolveTag(repository, '1')).digest, image.digest);
});

const DISTRUSTED: readonly (readonly [string, string, boolean, string])[] = [
  ['of an unknown authority', '127.0.0.1', false, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['for another name', 'other.example', true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
];

for (const [name, host, isTrusted, cause] of DISTRUSTED) {
  test(`a certificate ${name} is UNREACHABLE at once, with its cause`, async (t) => {
    const { tls, authority } = await certify(host);
    const { client, registry, repository, sleeps } = await openClient(t, {
      tls,
      factory: (at) => ({ tlsHosts: [at], extraCertificates: isTrusted ? [authority] : [] }),
    });
    await assert.rejects(client.resolveTag(repository, '1'), {
      code: 'UNREACHABLE',
      message: `Cannot resolve tag "1" of "${registry.host}/acme/app": no complete answer from registry "${registry.host}" (${cause})`,
    });
    assert.equal(registry.requests.length, 0);
    assert.deepEqual(sleeps, []);
  });
}

test('MNH-16 a redirect from https to http is refused', async (t) => {
  const { tls, authority } = await certify('127.0.0.1');
  const { client, registry, repository } = await openClient(t, {
    tls,
    factory: (host) => ({ tlsHosts: [host], extraCertificates: [authority] }),
  });
  const plain = await startRegistry();
  t.after(() => plain.close());
  const blob = putBlob(registry, 'acme/app', { mediaType: 'x', bytes: Buffer.from('payload') });
  registry.addFault({ kind: 'redirect', location: `${plain.origin}/v2/` });
  await assert.rejects(client.blob(repository, blob, { maxBytes: 100 }), {
    code: 'MALFORMED',
    message: `Cannot read blob "${blob.digest}" of "${registry.host}/acme/app": registry "${registry.host}" answered with a redirect to plain HTTP on "${plain.host}", wanted https`,
  });
  assert.equal(plain.requests.length, 0);
});

const REPOSITORY = { registry: 'registry.example', path: 'acme/app' };

/** A proxy, closed when the test ends. */
async function openProxy(t: TestContext, target: string | undefined): Promise<TestProxy> {
  const proxy = await startProxy(target);
  t.after(() => proxy.close());
  return proxy;
}

test('an insecure registry is read through HTTP_PROXY, which keeps its credentials to itself', async (t) => {
  const registry = await startRegistry();
  t.after(() => registry.close());
  const image = putImage(registry, 'acme/app', { tag: '1' });
  const proxy = await openProxy(t, registry.host);
  const { client } = await openClient(t, {
    factory: {
      plainHttpHosts: ['registry.example'],
      environment: { HTTP_PROXY: proxy.origin.replace('://', '://user:pass@') },
    },
  });
  assert.equal((await client.resolveTag(REPOSITORY, '1')).digest, image.digest);
  const line = 'HEAD http://registry.example/v2/acme/app/manifests/1';
  assert.deepEqual(proxy.requests, [{ line, authorization: 'Basic dXNlcjpwYXNz' }]);
  assert.equal(registry.requests[0]?.headers['proxy-authorization'], undefined);
});

test('a registry is read through the tunnel of HTTPS_PROXY', async (t) => {
  const { tls, authority } = await certify('registry.example');
  const registry = await startRegistry({ tls });
  t.after(() => registry.close());
  const image = putImage(registry, 'acme/app', { tag: '1' });
  const proxy = await openProxy(t, registry.host);
  const { client } = await openClient(t, {
    factory: { extraCertificates: [authority], environment: { https_proxy: proxy.origin } },
  });
  assert.equal((await client.resolveTag(REPOSITORY, '1')).digest, image.digest);
  assert.equal((await client.manifest(REPOSITORY, image.digest)).digest, image.digest);
  assert.deepEqual(proxy.requests, [{ line: 'CONNECT registry.example:443', authorization: '' }]);
});

test('a proxy that refuses is told as such', async (t) => {
  const proxy = await openProxy(t, undefined);
  const { client } = await openClient(t, {
    factory: { environment: { HTTPS_PROXY: proxy.origin } },
  });
  await assert.rejects(client.resolveTag(REPOSITORY, '1'), {
    code: 'UNREACHABLE',
    message:
      'Cannot resolve tag "1" of "registry.example/acme/app": no complete answer from registry "registry.example": its proxy answered 407',
  });
});

test('MNH-29 a proxy that is no URL is not quoted', async (t) => {
  const { client } = await openClient(t, {
    factory: { environment: { HTTPS_PROXY: 'http://user:secret@[' } },
  });
  await assert.rejects(client.resolveTag(REPOSITORY, '1'), (error: Error) => {
    assert.match(error.message, /no complete answer .+ \(BAD_PROXY_URL\)$/);
    assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /secret/);
    return true;
  });
});

test('loopback is not proxied', async (t) => {
  const proxy = await openProxy(t, undefined);
  const { client, registry, repository } = await openClient(t, {
    factory: { environment: { HTTP_PROXY: proxy.origin } },
  });
  putImage(registry, 'acme/app', { tag: '1' });
  await client.resolveTag(repository, '1');
  assert.equal(proxy.requests.length, 0);
});
