import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Digest } from '#shared/base/digest.ts';
import { parseManifest } from '#shared/registry/parse-manifest.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import type { Manifest } from '#shared/registry/registry.ts';

const OCI_IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_IMAGE = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DIGEST = sha256Digest('manifest');
const BLOB = { mediaType: 'application/x', digest: sha256Digest('blob'), size: 4 };

function parse(body: unknown, contentType?: string): Manifest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return parseManifest(Buffer.from(text), { contentType, digest: DIGEST, action: 'read it' });
}

const IMAGE = { schemaVersion: 2, mediaType: OCI_IMAGE, config: BLOB, layers: [BLOB] };
const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [BLOB] };
const { mediaType: _image, ...UNTYPED_IMAGE } = IMAGE;
const { mediaType: _index, ...UNTYPED_INDEX } = INDEX;

const GOOD: readonly (readonly [string, unknown, string | undefined, string, string])[] = [
  ['an OCI image', IMAGE, OCI_IMAGE, 'image', OCI_IMAGE],
  ['an OCI index', INDEX, OCI_INDEX, 'index', OCI_INDEX],
  ['a Docker image', { ...IMAGE, mediaType: DOCKER_IMAGE }, DOCKER_IMAGE, 'image', DOCKER_IMAGE],
  ['a Docker list', { ...INDEX, mediaType: DOCKER_LIST }, DOCKER_LIST, 'index', DOCKER_LIST],
  ['an image typed by its content type only', UNTYPED_IMAGE, OCI_IMAGE, 'image', OCI_IMAGE],
  ['an index typed by its content type only', UNTYPED_INDEX, OCI_INDEX, 'index', OCI_INDEX],
  ['an image typed by its body only', IMAGE, 'application/json', 'image', OCI_IMAGE],
  ['an image typed by its shape only', UNTYPED_IMAGE, undefined, 'image', OCI_IMAGE],
  ['an index typed by its shape only', UNTYPED_INDEX, 'text/plain', 'index', OCI_INDEX],
  ['null for no layers', { ...IMAGE, layers: null }, OCI_IMAGE, 'image', OCI_IMAGE],
  ['null for no manifests', { ...INDEX, manifests: null }, OCI_INDEX, 'index', OCI_INDEX],
  ['null for no subject', { ...IMAGE, subject: null }, OCI_IMAGE, 'image', OCI_IMAGE],
];

for (const [name, body, contentType, kind, mediaType] of GOOD) {
  test(`parseManifest() reads ${name}`, () => {
    const manifest = parse(body, contentType);
    assert.deepEqual([manifest.kind, manifest.mediaType], [kind, mediaType]);
    assert.equal(manifest.digest, DIGEST);
  });
}

test('parseManifest() keeps what a signature manifest says', () => {
  const annotations = { 'dev.example/key': 'value' };
  const layer = { ...BLOB, annotations, extra: 1 };
  const subject = { ...BLOB, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } };
  const stored = { ...IMAGE, artifactType: 'application/x', layers: [layer], subject, annotations };
  const { bytes, ...manifest } = parse(stored, OCI_IMAGE);
  assert.equal(bytes?.toString(), JSON.stringify(stored));
  assert.deepEqual(manifest, {
    kind: 'image',
    mediaType: OCI_IMAGE,
    digest: DIGEST,
    artifactType: 'application/x',
    config: BLOB,
    layers: [{ ...BLOB, annotations }],
    subject,
    annotations,
  });
});

const BAD: readonly (readonly [string, unknown, string | undefined, string])[] = [
  [
    'MNH-04 both kinds, said to be an image',
    { ...IMAGE, manifests: [] },
    OCI_IMAGE,
    'it is an image and has "manifests" too',
  ],
  [
    'MNH-04 both kinds, said to be an index',
    { ...INDEX, layers: [] },
    OCI_INDEX,
    'it is an index and has "layers" too',
  ],
  [
    'MNH-04 both kinds without a type',
    { ...UNTYPED_IMAGE, manifests: [] },
    undefined,
    'it is an index and has "layers" too',
  ],
  [
    'MNH-04 body and content type of two minds',
    IMAGE,
    OCI_INDEX,
    `content type "${OCI_INDEX}" disagrees with mediaType "${OCI_IMAGE}"`,
  ],
  [
    'schema 1 by content type',
    { schemaVersion: 1 },
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    'it is a Docker schema 1 manifest, wanted schema 2 or OCI',
  ],
  [
    'schema 1 by its body',
    { schemaVersion: 1, fsLayers: [] },
    'application/json',
    'it is a Docker schema 1 manifest, wanted schema 2 or OCI',
  ],
  ['a web page', '<html>', 'text/html', 'Cannot parse JSON: it is not well-formed'],
  ['a list', [], OCI_IMAGE, 'the body is no JSON object'],
  [
    'a key that is there twice',
    '{"layers":[],"layers":[]}',
    OCI_IMAGE,
    'Cannot parse JSON: key "layers" occurs twice in one object',
  ],
  [
    'an unknown type',
    { mediaType: 'application/x\u0007' },
    undefined,
    'type "application/x?" is neither an image manifest nor an index',
  ],
  ['no type and no shape', {}, undefined, 'type "" is neither an image manifest nor an index'],
  [
    'an image without config',
    { ...IMAGE, config: undefined },
    OCI_IMAGE,
    'field "config" is no descriptor',
  ],
  [
    'an image without layers',
    { ...IMAGE, layers: undefined },
    OCI_IMAGE,
    'field "layers" is no list',
  ],
  [
    'a layer without digest',
    { ...IMAGE, layers: [{ ...BLOB, digest: 'sha256:00' }] },
    OCI_IMAGE,
    '"layers[0]" is no descriptor',
  ],
  [
    'a layer of negative size',
    { ...IMAGE, layers: [{ ...BLOB, size: -1 }] },
    OCI_IMAGE,
    '"layers[0]" is no descriptor',
  ],
  [
    'an annotation that is no string',
    { ...IMAGE, annotations: { a: 1 } },
    OCI_IMAGE,
    'field "annotations" is no map of strings',
  ],
  [
    'a subject that is no descriptor',
    { ...IMAGE, subject: 'x' },
    OCI_IMAGE,
    'field "subject" is no descriptor',
  ],
  [
    'more layers than the limit',
    { ...IMAGE, layers: Array.from({ length: 5001 }, () => BLOB) },
    OCI_IMAGE,
    'field "layers" has 5001 entries, limit 5000',
  ],
];

for (const [name, body, contentType, why] of BAD) {
  test(`parseManifest() refuses ${name}`, () => {
    assert.throws(
      () => parse(body, contentType),
      (error) => {
        assert.ok(error instanceof RegistryError);
        assert.equal(error.code, 'MALFORMED');
        assert.equal(error.message, `Cannot read it: ${why}`);
        return true;
      },
    );
  });
}

test('parseManifest() refuses bytes that are not UTF-8', () => {
  const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
  const source = { contentType: OCI_IMAGE, digest: DIGEST, action: 'read it' };
  assert.throws(() => parseManifest(bytes, source), { code: 'MALFORMED' });
});
