import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { changedImages } from '#shared/workload/changed-images.ts';
import { readImages, type WorkloadImage } from '#shared/workload/images.ts';
import { findWorkloadKind, WORKLOAD_KINDS, type WorkloadKind } from '#shared/workload/kinds.ts';

const POD_SPEC: JsonObject = {
  initContainers: [
    { name: 'init', image: 'init:1' },
    { name: 'sidecar', image: 'sidecar:1', restartPolicy: 'Always' },
  ],
  containers: [{ name: 'app', image: 'app:1' }],
  ephemeralContainers: [{ name: 'debug', image: 'debug:1' }],
  volumes: [
    { name: 'data', emptyDir: {} },
    { name: 'model', image: { reference: 'model:1' } },
    { name: 'rbd', rbd: { image: 'not-a-container-image' } },
  ],
};

function kindOf(group: string, kind: string): WorkloadKind {
  const found = findWorkloadKind(group, kind);
  assert.ok(found);
  return found;
}

function nest(path: readonly string[], value: JsonObject): JsonObject {
  return path.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), value);
}

for (const kind of WORKLOAD_KINDS) {
  test(`readImages() finds every image of a ${kind.kind} with its pointer`, () => {
    const { images, unreadable } = readImages(nest(kind.podSpec, POD_SPEC), kind);
    const prefix = `/${kind.podSpec.join('/')}`;
    assert.deepEqual(unreadable, []);
    assert.deepEqual(
      images.map(({ role, name, pointer, image }) => [role, name, pointer, image]),
      [
        ['init', 'init', `${prefix}/initContainers/0/image`, 'init:1'],
        ['init', 'sidecar', `${prefix}/initContainers/1/image`, 'sidecar:1'],
        ['container', 'app', `${prefix}/containers/0/image`, 'app:1'],
        ['ephemeral', 'debug', `${prefix}/ephemeralContainers/0/image`, 'debug:1'],
        ['volume', 'model', `${prefix}/volumes/1/image/reference`, 'model:1'],
      ],
    );
  });
}

const POD = kindOf('', 'Pod');

test('MNH-27 readImages() sees both of two containers with one name, ephemeral containers and image volumes', () => {
  const { images } = readImages(
    {
      spec: {
        containers: [
          { name: 'a', image: 'x:1' },
          { name: 'a', image: 'y:1' },
        ],
        volumes: [{ image: { reference: 'z:1' } }],
      },
    },
    POD,
  );
  assert.deepEqual(
    images.map(({ image }) => image),
    ['x:1', 'y:1', 'z:1'],
  );
});

const UNREADABLE: readonly [what: string, spec: JsonObject, message: string][] = [
  [
    'a list that is an object',
    { containers: { 0: { image: 'x' } } },
    'Cannot read images at /spec/containers: expected a list, found object',
  ],
  [
    'a list that is a string',
    { initContainers: 'x' },
    'Cannot read images at /spec/initContainers: expected a list, found string',
  ],
  [
    'an image that is a number',
    { containers: [{ image: 1 }] },
    'Cannot read images at /spec/containers/0/image: expected a string, found number',
  ],
  [
    'an image that is a list',
    { containers: [{ image: ['x'] }] },
    'Cannot read images at /spec/containers/0/image: expected a string, found object',
  ],
];

for (const [what, spec, message] of UNREADABLE) {
  test(`MNH-06 readImages() reports ${what}`, () => {
    assert.deepEqual(
      readImages({ spec }, POD).unreadable.map((field) => field.message),
      [message],
    );
  });
}

test('readImages() ignores an image on the prototype', () => {
  const container = Object.create({ image: 'hidden:1' }) as JsonObject;
  assert.equal(readImages({ spec: { containers: [container] } }, POD).images[0]?.image, '');
});

function image(
  name: string,
  text: string,
  role: WorkloadImage['role'] = 'container',
): WorkloadImage {
  return { role, name, image: text, pointer: `/${name}` };
}

const CHANGES: readonly [
  what: string,
  before: WorkloadImage[],
  now: WorkloadImage[],
  changed: string[],
][] = [
  ['nothing when nothing changed', [image('a', '1')], [image('a', '1')], []],
  ['an image with a new value', [image('a', '1')], [image('a', '2')], ['a']],
  ['a new container', [image('a', '1')], [image('a', '1'), image('b', '1')], ['b']],
  [
    'nothing when containers were reordered',
    [image('a', '1'), image('b', '2')],
    [image('b', '2'), image('a', '1')],
    [],
  ],
  [
    'two containers that swapped their images',
    [image('a', '1'), image('b', '2')],
    [image('a', '2'), image('b', '1')],
    ['a', 'b'],
  ],
  [
    'a change while another container went away',
    [image('a', '1'), image('b', '1')],
    [image('a', '2')],
    ['a'],
  ],
  ['the same name in another role', [image('a', '1')], [image('a', '1', 'init')], ['a']],
  ['every image without a name', [image('', '1')], [image('', '1')], ['']],
  [
    'both of two containers with one name',
    [image('a', '1')],
    [image('a', '1'), image('a', '1')],
    ['a', 'a'],
  ],
];

for (const [what, before, now, changed] of CHANGES) {
  test(`MNH-08 changedImages() gives ${what}`, () => {
    assert.deepEqual(
      changedImages(now, before).map(({ name }) => name),
      changed,
    );
  });
}
