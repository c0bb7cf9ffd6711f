import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { changedImages } from '#shared/workload/changed-images.ts';
import { extractImages, type ImageExtractor } from '#shared/workload/extract-images.ts';
import type { WorkloadImages } from '#shared/workload/images.ts';

function extractor(path: string, more: Partial<ImageExtractor> = {}): ImageExtractor {
  const segments = path.split('/').slice(1);
  const [value = ''] = segments.slice(-1);
  const parent = segments.slice(0, -1);
  return { path: parent, value, key: undefined, group: 'custom', jmesPath: undefined, ...more };
}

function extract(spec: JsonValue, ...extractors: readonly ImageExtractor[]): WorkloadImages {
  return extractImages({ spec }, extractors, (jmesPath, text) =>
    jmesPath === 'upper' ? text.toUpperCase() : { problem: `${jmesPath} is not known` },
  );
}

/** `pointer name image` of each. */
function lines({ images }: WorkloadImages): readonly string[] {
  return images.map(({ pointer, name, image }) => `${pointer} ${name} ${image}`);
}

const STEPS = extractor('/spec/steps/*/image');

const FOUND: readonly (readonly [
  what: string,
  spec: JsonValue,
  extractors: readonly ImageExtractor[],
  lines: readonly string[],
])[] = [
  ['one field', { image: 'a' }, [extractor('/spec/image')], ['/spec/image /spec/image a']],
  [
    'each item of a list',
    { steps: [{ image: 'a' }, { image: 'b' }] },
    [STEPS],
    ['/spec/steps/0/image /spec/steps/0/image a', '/spec/steps/1/image /spec/steps/1/image b'],
  ],
  [
    'each value of a mapping',
    { tools: { x: { image: 'a' }, y: { image: 'b' } } },
    [extractor('/spec/tools/*/image')],
    ['/spec/tools/x/image /spec/tools/x/image a', '/spec/tools/y/image /spec/tools/y/image b'],
  ],
  [
    'lists in lists',
    { tasks: [{ steps: [{ image: 'a' }] }, { steps: [{ image: 'b' }] }] },
    [extractor('/spec/tasks/*/steps/*/image')],
    [
      '/spec/tasks/0/steps/0/image /spec/tasks/0/steps/0/image a',
      '/spec/tasks/1/steps/0/image /spec/tasks/1/steps/0/image b',
    ],
  ],
  [
    'a value below the path, named by its key',
    { steps: [{ name: 'build', uses: 'a' }] },
    [extractor('/spec/steps/*/uses', { key: 'name' })],
    ['/spec/steps/0/uses build a'],
  ],
  [
    'a pointer whose fields have to be escaped',
    { 'a/b~c': { image: 'a' } },
    [extractor('/spec/*/image')],
    ['/spec/a~1b~0c/image /spec/a~1b~0c/image a'],
  ],
  ['nothing where the field is absent', {}, [STEPS], []],
  ['nothing where the field is null', { steps: null }, [STEPS], []],
  ['nothing where the item is null', { steps: [null] }, [STEPS], []],
  ['nothing where the image is absent', { steps: [{ name: 'a' }] }, [STEPS], []],
  ['nothing where the image is null', { steps: [{ image: null }] }, [STEPS], []],
  ['nothing where the image is empty', { steps: [{ image: '' }] }, [STEPS], []],
  ['nothing where the image is blank', { steps: [{ image: ' \t' }] }, [STEPS], []],
  ['nothing in an empty list', { steps: [] }, [STEPS], []],
  [
    'what is made of the text',
    { image: 'a' },
    [extractor('/spec/image', { jmesPath: 'upper' })],
    ['/spec/image /spec/image A'],
  ],
];

for (const [what, spec, extractors, wanted] of FOUND) {
  test(`extractImages() finds ${what}`, () => {
    const found = extract(spec, ...extractors);
    assert.deepEqual(lines(found), wanted);
    assert.deepEqual(found.unreadable, []);
  });
}

const UNREADABLE: readonly (readonly [
  what: string,
  spec: JsonValue,
  ImageExtractor,
  message: string,
])[] = [
  [
    'a list that is a string',
    { steps: 'a' },
    STEPS,
    '/spec/steps: expected a list or a mapping, found string',
  ],
  [
    'a list that is a number',
    { steps: 1 },
    STEPS,
    '/spec/steps: expected a list or a mapping, found number',
  ],
  [
    'an item that is a string',
    { steps: ['a'] },
    STEPS,
    '/spec/steps/0: expected a mapping, found string',
  ],
  [
    'an item that is a list',
    { steps: [['a']] },
    STEPS,
    '/spec/steps/0: expected a mapping, found a list',
  ],
  [
    'a mapping that is a list',
    { job: [{ image: 'a' }] },
    extractor('/spec/job/image'),
    '/spec/job: expected a mapping, found a list',
  ],
  [
    'a top that is a string',
    'a',
    extractor('/spec/image'),
    '/spec: expected a mapping, found string',
  ],
  [
    'an image that is a number',
    { image: 1 },
    extractor('/spec/image'),
    '/spec/image: expected a string, found number',
  ],
  [
    'an image that is false',
    { image: false },
    extractor('/spec/image'),
    '/spec/image: expected a string, found boolean',
  ],
  [
    'an image that is a mapping',
    { image: { tag: 'a' } },
    extractor('/spec/image'),
    '/spec/image: expected a string, found a mapping',
  ],
  [
    'an image that is a list',
    { image: ['a'] },
    extractor('/spec/image'),
    '/spec/image: expected a string, found a list',
  ],
  [
    'a key that is missing',
    { image: 'a' },
    extractor('/spec/image', { key: 'name' }),
    '/spec/name: expected a string, found nothing',
  ],
  [
    'a key that is a number',
    { image: 'a', name: 1 },
    extractor('/spec/image', { key: 'name' }),
    '/spec/name: expected a string, found number',
  ],
];

for (const [what, spec, of, message] of UNREADABLE) {
  test(`MNH-06 extractImages() reports ${what}`, () => {
    const { images, unreadable } = extract(spec, of);
    assert.deepEqual(images, []);
    assert.deepEqual(
      unreadable.map((field) => field.message),
      [`Cannot read images at ${message}`],
    );
  });
}

test('MNH-06 extractImages() reports a text of which no image can be made', () => {
  const { images, unreadable } = extract(
    { image: 'a' },
    extractor('/spec/image', { jmesPath: 'x' }),
  );
  assert.deepEqual(images, []);
  assert.deepEqual(unreadable, [
    { pointer: '/spec/image', message: 'Cannot read the image at /spec/image: x is not known' },
  ]);
});

test('MNH-06 extractImages() reports what is unreadable beside what is not', () => {
  const { images, unreadable } = extract({ steps: [{ image: 'a' }, 'b', { image: 1 }] }, STEPS);
  assert.equal(images.length, 1);
  assert.equal(unreadable.length, 2);
});

const SAME_KEY = {
  steps: [
    { name: 'x', image: 'a' },
    { name: 'x', image: 'b' },
  ],
};

test('MNH-27 extractImages() sees both of two items with one key', () => {
  assert.deepEqual(lines(extract(SAME_KEY, extractor('/spec/steps/*/image', { key: 'name' }))), [
    '/spec/steps/0/image x a',
    '/spec/steps/1/image x b',
  ]);
});

test('MNH-27 extractImages() sees the images of two extractors in one group', () => {
  const spec = { image: 'a', sidecar: { image: 'b' } };
  const { images } = extract(spec, extractor('/spec/image'), extractor('/spec/sidecar/image'));
  assert.deepEqual(
    images.map(({ group, image }) => `${group} ${image}`),
    ['custom a', 'custom b'],
  );
});

test('extractImages() ignores what is on a prototype', () => {
  const spec = Object.create({ image: 'hidden:1' }) as JsonObject;
  assert.deepEqual(extract(spec, extractor('/spec/image')).images, []);
  assert.deepEqual(extract({}, extractor('/spec/constructor/name')).images, []);
});

const BY_NAME = extractor('/spec/steps/*/image', { key: 'name' });

const CHANGES: readonly (readonly [
  what: string,
  before: JsonValue,
  after: JsonValue,
  ImageExtractor,
  changed: readonly string[],
])[] = [
  ['nothing that stayed', [{ image: 'a' }], [{ image: 'a' }], STEPS, []],
  ['what is new', [], [{ image: 'a' }], STEPS, ['a']],
  ['what is another', [{ image: 'a' }], [{ image: 'b' }], STEPS, ['b']],
  ['what moved, without a key', [{ image: 'a' }, { image: 'b' }], [{ image: 'b' }], STEPS, ['b']],
  [
    'nothing that moved with its key',
    [
      { name: 'x', image: 'a' },
      { name: 'y', image: 'b' },
    ],
    [{ name: 'y', image: 'b' }],
    BY_NAME,
    [],
  ],
  [
    'all that share a key (MNH-27)',
    [
      { name: 'x', image: 'a' },
      { name: 'x', image: 'b' },
    ],
    [
      { name: 'x', image: 'a' },
      { name: 'x', image: 'b' },
    ],
    BY_NAME,
    ['a', 'b'],
  ],
];

for (const [what, before, after, of, wanted] of CHANGES) {
  test(`changedImages() of extracted images: ${what}`, () => {
    const changed = changedImages(
      extract({ steps: after }, of).images,
      extract({ steps: before }, of).images,
    );
    assert.deepEqual(
      changed.map(({ image }) => image),
      wanted,
    );
  });
}
