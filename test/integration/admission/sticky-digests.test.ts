import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dump } from 'js-yaml';
import type { AdmitOptions } from '#shared/admission/admit.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { deployment, patchedImages, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage, type SignatureFormat } from '#test/support/signer/signed-image.ts';

/** An update writes a stored `name:tag@digest` back to `name:tag`: what is judged is what will run. */

const key = generateSignerKey();
const otherKey = generateSignerKey();
const registry = await startRegistry();
const engine = startEngine();
after(async () => {
  await engine.close();
  await registry.close();
});

function attestors(pem: string): readonly JsonObject[] {
  const keys = { publicKeys: pem, rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } };
  return [{ entries: [{ keys }] }];
}

/** A rule with one entry, for Pods and what makes them. */
function rule(name: string, entry: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return {
    name,
    match: { any: [{ resources: { kinds: ['Pod'] } }] },
    verifyImages: [
      {
        imageReferences: [`${registry.host}/*`],
        attestors: attestors(key.publicKeyPem),
        failureAction: 'Enforce',
        ...entry,
      },
    ],
    ...more,
  };
}

function ofKind(kind: string): JsonObject {
  return { match: { any: [{ resources: { kinds: [kind] } }] } };
}

const OF_TASKS: JsonObject = {
  ...ofKind('Task'),
  imageExtractors: { Task: [{ path: '/spec/steps/*', value: 'image', key: 'name' }] },
};

function policy(rules: readonly JsonObject[], spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec: { ...spec, rules: [...rules] },
  };
}

function task(images: readonly string[]): JsonObject {
  const steps = images.map((image, index) => ({ name: `s${index}`, image }));
  return { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 't' }, spec: { steps } };
}

function owned(images: readonly string[]): JsonObject {
  const ownerReferences = [{ controller: true, kind: 'Any', name: 'x' }];
  return { ...deployment(images), metadata: { name: 'web', namespace: 'prod', ownerReferences } };
}

/** What the stored digest and the tag are now. */
interface Moved {
  readonly stored: SignatureFormat;
  /** Undefined where the tag did not move. */
  readonly tag: SignatureFormat | undefined;
}

const UNMOVED: Moved = { stored: 'simple', tag: undefined };
const TO_SIGNED: Moved = { stored: 'simple', tag: 'simple' };
const TO_UNSIGNED: Moved = { stored: 'simple', tag: 'none' };
const FROM_UNSIGNED: Moved = { stored: 'none', tag: 'simple' };

let made = 0;

interface Written {
  readonly reference: string;
  readonly before: string;
  readonly now: string;
}

function move({ stored, tag }: Moved): Written {
  made += 1;
  const name = `acme/app${made}:v1`;
  const before = putSignedImage(registry, name, { key, format: stored });
  const now = tag === undefined ? before : putSignedImage(registry, name, { key, format: tag });
  return { reference: before.reference, before: before.pinned, now: now.pinned };
}

const BY_TAG = { mutateDigest: false, verifyDigest: false };
const MUTATE = { stage: 'mutate', pin: 'pods' } as const;
const VALIDATE = { stage: 'validate', pin: 'pods' } as const;
const WORKLOADS = { stage: 'mutate', pin: 'workloads' } as const;

interface Update {
  readonly policy: JsonObject;
  readonly images: readonly Moved[];
  readonly object?: (images: readonly string[]) => JsonObject;
  readonly door?: Pick<AdmitOptions, 'stage' | 'pin'>;
  /** What each image is patched with, in their order; undefined where the update is refused. */
  readonly patch?: readonly ('before' | 'now')[];
  readonly message?: RegExp;
}

const NO_SIGNATURE = /no signature/i;

const BY_TAG_TASKS = policy([rule('signed', BY_TAG, OF_TASKS)]);
const PINNED_TASKS = policy([rule('signed', {}, OF_TASKS)]);
const PINNED = policy([rule('signed')]);

const UPDATES: readonly (readonly [string, Update])[] = [
  [
    'of a rule that pins nothing is judged by its tag: one that did not move passes',
    { policy: BY_TAG_TASKS, images: [UNMOVED], object: task, patch: [] },
  ],
  [
    'of a rule that pins nothing is judged by its tag: one that moved to a signed image passes',
    { policy: BY_TAG_TASKS, images: [TO_SIGNED], object: task, patch: [] },
  ],
  [
    'MNH-19 of a rule that pins nothing is judged by its tag: one that moved to an unsigned image is refused',
    { policy: BY_TAG_TASKS, images: [TO_UNSIGNED], object: task, message: NO_SIGNATURE },
  ],
  [
    'of a rule that pins nothing is not refused for the digest that was',
    { policy: BY_TAG_TASKS, images: [FROM_UNSIGNED], object: task, patch: [] },
  ],
  [
    'of a rule that pins nothing and demands a digest has none',
    {
      policy: policy([rule('signed', { mutateDigest: false }, OF_TASKS)]),
      images: [UNMOVED],
      object: task,
      message: /missing digest/,
    },
  ],
  [
    'keeps the digest where it is written back, whatever the tag is by now',
    { policy: PINNED_TASKS, images: [TO_UNSIGNED], object: task, patch: ['before'] },
  ],
  [
    'is not admitted with another digest where the one that would be written back fails',
    { policy: PINNED_TASKS, images: [FROM_UNSIGNED], object: task, message: NO_SIGNATURE },
  ],
  [
    'of a workload is judged by its tag where Pods are pinned',
    { policy: PINNED, images: [TO_SIGNED], patch: [] },
  ],
  [
    'MNH-19 of a workload is refused where Pods are pinned and its tag is not signed',
    { policy: PINNED, images: [TO_UNSIGNED], message: NO_SIGNATURE },
  ],
  [
    'MNH-25 of a workload that a controller owns is judged by its tag',
    {
      policy: PINNED,
      images: [TO_UNSIGNED],
      object: owned,
      door: WORKLOADS,
      message: NO_SIGNATURE,
    },
  ],
  [
    'MNH-19 is judged as it is stored where nothing can be written any more',
    {
      policy: PINNED,
      images: [TO_UNSIGNED],
      door: { stage: 'validate', pin: 'workloads' },
      message: NO_SIGNATURE,
    },
  ],
  [
    'MNH-19 is judged as it is stored where the tag is good enough',
    {
      policy: BY_TAG_TASKS,
      images: [TO_UNSIGNED],
      object: task,
      door: VALIDATE,
      message: NO_SIGNATURE,
    },
  ],
  [
    'that did not move passes as it is stored where the tag is good enough',
    { policy: BY_TAG_TASKS, images: [UNMOVED], object: task, door: VALIDATE, patch: [] },
  ],
  [
    'is judged by the digest under all rules where one of them writes it back',
    {
      policy: policy([rule('by-tag', BY_TAG), rule('pinned')]),
      images: [TO_UNSIGNED],
      door: WORKLOADS,
      patch: ['before'],
    },
  ],
  [
    'MNH-19 is judged by its tag where the rule that would write the digest back only audits, and says no',
    {
      policy: policy([
        rule('other', {
          attestors: attestors(otherKey.publicKeyPem),
          failureAction: 'Audit',
        }),
        rule('by-tag', BY_TAG),
      ]),
      images: [TO_UNSIGNED],
      door: WORKLOADS,
      message: NO_SIGNATURE,
    },
  ],
  [
    'that did not move passes where the rule that would write the digest back only audits, and says no',
    {
      policy: policy([
        rule('other', {
          attestors: attestors(otherKey.publicKeyPem),
          failureAction: 'Audit',
        }),
        rule('by-tag', BY_TAG),
      ]),
      images: [UNMOVED],
      door: WORKLOADS,
      patch: [],
    },
  ],
  [
    'MNH-19 is judged by its tag where the rule that would write the digest back does not count',
    {
      policy: policy([rule('by-tag', BY_TAG), rule('pinned')], { applyRules: 'One' }),
      images: [TO_UNSIGNED],
      door: WORKLOADS,
      message: NO_SIGNATURE,
    },
  ],
  [
    'MNH-08 does not slip past a pattern for tags',
    {
      policy: policy([
        rule('signed', { imageReferences: [`${registry.host}/acme/*:v1`] }, ofKind('Deployment')),
      ]),
      images: [TO_UNSIGNED],
      message: NO_SIGNATURE,
    },
  ],
  [
    'is pinned to what its tag is where a pattern is for tags only',
    {
      policy: policy([
        rule('signed', { imageReferences: [`${registry.host}/acme/*:v1`] }, ofKind('Deployment')),
      ]),
      images: [TO_SIGNED],
      patch: ['now'],
    },
  ],
];

for (const [title, update] of UPDATES) {
  test(`an update back to the tag ${title}`, async () => {
    const { object = deployment, door = MUTATE, patch, message } = update;
    const images = update.images.map(move);
    const decision = await engine.admit(
      requestFor(object(images.map(({ reference }) => reference)), {
        operation: 'UPDATE',
        oldObject: object(images.map(({ before }) => before)),
      }),
      { policies: policiesFrom(dump(update.policy)), ...door },
    );
    assert.equal(decision.allowed, patch !== undefined, decision.message);
    assert.match(decision.message, message ?? /^$/);
    assert.deepEqual(
      patchedImages(decision).filter((value) => String(value).startsWith(registry.host)),
      (patch ?? []).map((which, index) => images[index]?.[which]),
    );
  });
}

test('an update back to the tag mixes images that keep their digest and images that do not', async () => {
  const kept = move(TO_UNSIGNED);
  const byTag = { ...BY_TAG, imageReferences: [`${registry.host}/acme/tag*`] };
  const name = 'acme/tagged:v1';
  const stored = putSignedImage(registry, name, { key });
  const admit = async (): ReturnType<typeof engine.admit> =>
    engine.admit(
      requestFor(deployment([kept.reference, stored.reference]), {
        operation: 'UPDATE',
        oldObject: deployment([kept.before, stored.pinned]),
      }),
      {
        policies: policiesFrom(
          dump(
            policy([
              rule('by-tag', byTag),
              rule('pinned', { imageReferences: [`${registry.host}/acme/app*`] }),
            ]),
          ),
        ),
        ...WORKLOADS,
      },
    );
  const decision = await admit();
  assert.equal(decision.allowed, true, decision.message);
  assert.deepEqual(patchedImages(decision), [kept.before]);
  putSignedImage(registry, name, { key, format: 'none' });
  engine.clock.advance(60_000);
  const refused = await admit();
  assert.equal(refused.allowed, false);
  assert.match(refused.message, /acme\/tagged:v1/);
});

test('an update that repairs a stored digest which is none is judged by what it writes', async () => {
  const { reference } = move(UNMOVED);
  const decision = await engine.admit(
    requestFor(deployment([reference]), {
      operation: 'UPDATE',
      oldObject: deployment([`${reference}@sha256:abc`]),
    }),
    { policies: policiesFrom(dump(PINNED)), ...MUTATE },
  );
  assert.equal(decision.allowed, true, decision.message);
});
