import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { AdmitOptions } from '#shared/admission/admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { Policy } from '#shared/policy/model.ts';
import { startEngine } from '#test/support/admission/engine.ts';
import { deployment, patchedImages, pod, requestFor } from '#test/support/admission/objects.ts';
import {
  DIGEST_PATTERN_POLICY,
  policiesFrom,
  verifyPolicy,
} from '#test/support/admission/policies.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';

const registry = await startRegistry();
const engine = startEngine();
after(async () => {
  await engine.close();
  await registry.close();
});

const key = generateSignerKey();
const second = generateSignerKey();
const signed = putSignedImage(registry, 'acme/signed:v1', { key });
const bundled = putSignedImage(registry, 'acme/bundled:v1', { key, format: 'bundle' });
const unsigned = putSignedImage(registry, 'acme/unsigned:v1', { key, format: 'none' });
const foreign = putSignedImage(registry, 'acme/foreign:v1', { key: second });
const missing = `${registry.host}/acme/missing:v1`;

const verify = policiesFrom(
  verifyPolicy({ images: `${registry.host}/*`, keys: [key.publicKeyPem] }),
);
const pattern = policiesFrom(DIGEST_PATTERN_POLICY);
const together = [...verify, ...pattern];

async function admit(
  request: AdmissionRequest,
  policies: readonly Policy[],
  more: Partial<AdmitOptions> = {},
): Promise<Decision> {
  return engine.admit(request, { policies, stage: 'mutate', pin: 'pods', ...more });
}

for (const image of [signed, bundled]) {
  test(`a tag of a signed image (${image.repository}) is pinned to the verified digest, tag kept`, async () => {
    const decision = await admit(requestFor(pod([image.reference])), together);
    assert.equal(decision.allowed, true, decision.message);
    assert.deepEqual(decision.patch, [
      { op: 'replace', path: '/spec/containers/0/image', value: image.pinned },
    ]);
    assert.deepEqual(decision.warnings, []);
  });
}

test('init, sidecar, ephemeral containers and image volumes are pinned at their own pointers', async () => {
  const object = pod([signed.reference], {
    initContainers: [{ name: 'init', image: bundled.reference, restartPolicy: 'Always' }],
    ephemeralContainers: [{ name: 'debug', image: signed.reference }],
    volumes: [{ name: 'model', image: { reference: bundled.reference } }],
  });
  const decision = await admit(requestFor(object), verify);
  assert.deepEqual(
    decision.patch.map(({ path }) => path),
    [
      '/spec/initContainers/0/image',
      '/spec/containers/0/image',
      '/spec/ephemeralContainers/0/image',
      '/spec/volumes/0/image/reference',
    ],
  );
});

/** The heart of the product: what each policy alone, and both together, make of each kind of image. */
const TOGETHER: readonly [
  what: string,
  image: string,
  policies: readonly Policy[],
  allowed: boolean,
  message: RegExp,
][] = [
  ['the tag of a signed image passes both policies', signed.reference, together, true, /^$/],
  [
    'the tag of an unsigned image is refused by both',
    unsigned.reference,
    together,
    false,
    /no signatures found[^]*Image must be signed\./,
  ],
  [
    'the digest of an unsigned image is refused although the pattern lets it through',
    unsigned.pinned,
    together,
    false,
    /no signatures found/,
  ],
  [
    'the digest of an unsigned image passes the pattern alone',
    unsigned.pinned,
    pattern,
    true,
    /^$/,
  ],
  [
    'the tag of a signed image fails the pattern alone',
    signed.reference,
    pattern,
    false,
    /validation error: Image must be signed\. rule check-image-signature failed at path \/spec\/containers\/0\/image\//,
  ],
  [
    'an image signed by another key is refused',
    foreign.reference,
    together,
    false,
    /was not made by key/,
  ],
  ['a missing image is refused', missing, verify, false, /does not exist in its registry/],
  [
    'an image outside the patterns is not looked at',
    'docker.io/library/nginx:1',
    verify,
    true,
    /^$/,
  ],
];

for (const [what, image, policies, allowed, message] of TOGETHER) {
  test(what, async () => {
    const decision = await admit(requestFor(pod([image])), policies);
    assert.equal(decision.allowed, allowed, decision.message);
    assert.equal(decision.outcome, allowed ? 'admitted' : 'denied');
    assert.match(decision.message, message);
    if (!allowed) assert.deepEqual(decision.patch, []);
  });
}

test('the refusal has Kyverno’s heading and tells image, container, what was found and what to do', async () => {
  const decision = await admit(requestFor(pod([unsigned.reference])), verify);
  assert.equal(
    decision.message,
    [
      'resource Pod/prod/web was blocked due to the following policies',
      '',
      'verify-images:',
      '  check-signature: |',
      `    failed to verify image ${unsigned.pinned}: .attestors[0].entries[0].keys: no signatures found`,
      '      in container: c0',
      '      found: no signature of any format',
      '      to do: sign this digest (cosign sign --key KEY IMAGE@DIGEST), or run an image that is signed',
    ].join('\n'),
  );
});

test('every refused image is in one refusal', async () => {
  const decision = await admit(
    requestFor(pod([unsigned.reference, signed.reference, foreign.reference])),
    verify,
  );
  assert.match(decision.message, /acme\/unsigned:v1@sha256/);
  assert.match(decision.message, /acme\/foreign:v1@sha256/);
  assert.doesNotMatch(decision.message, /acme\/signed/);
});

test('a Deployment is judged as its Pods will be, and left as written', async () => {
  const admitted = await admit(requestFor(deployment([signed.reference])), together);
  assert.equal(admitted.allowed, true, admitted.message);
  assert.deepEqual(admitted.patch, []);
  const denied = await admit(requestFor(deployment([unsigned.reference])), together);
  assert.match(denied.message, /autogen-check-signature: \|/);
  assert.match(denied.message, /failed at path \/spec\/template\/spec\/containers\/0\/image\//);
});

test('pin: workloads patches a Deployment, but never what a controller owns or an immutable Job template (MNH-25)', async () => {
  const pin = { pin: 'workloads' } as const;
  assert.deepEqual(
    patchedImages(await admit(requestFor(deployment([signed.reference])), verify, pin)),
    [signed.pinned],
  );
  const owned = {
    ...deployment([signed.reference]),
    kind: 'ReplicaSet',
    metadata: { name: 'web', ownerReferences: [{ controller: true }] },
  };
  assert.deepEqual(patchedImages(await admit(requestFor(owned), verify, pin)), []);
  const job = { ...deployment([signed.reference]), apiVersion: 'batch/v1', kind: 'Job' };
  assert.deepEqual(patchedImages(await admit(requestFor(job), verify, pin)), [signed.pinned]);
  const update = requestFor(job, {
    operation: 'UPDATE',
    oldObject: { ...deployment([bundled.reference]), kind: 'Job' },
  });
  assert.deepEqual(patchedImages(await admit(update, verify, pin)), []);
});

test('pin: workloads keeps the digest of an unchanged manifest that is applied again, and verifies it', async () => {
  const pin = { pin: 'workloads' } as const;
  const moved = putSignedImage(registry, 'acme/sticky:v1', { key });
  const old = deployment([moved.pinned]);
  putSignedImage(registry, 'acme/sticky:v1', { key, format: 'none' });
  const again = requestFor(deployment([moved.reference]), { operation: 'UPDATE', oldObject: old });
  assert.deepEqual(patchedImages(await admit(again, verify, pin)), [moved.pinned]);
  const job = { apiVersion: 'batch/v1', kind: 'Job' };
  const reapplied = requestFor(
    { ...deployment([moved.reference]), ...job },
    { operation: 'UPDATE', oldObject: { ...old, ...job } },
  );
  assert.deepEqual(
    patchedImages(await admit(reapplied, verify, pin)),
    [moved.pinned],
    'an immutable template gets back what it had',
  );
  const unsignedBefore = requestFor(deployment([unsigned.reference]), {
    operation: 'UPDATE',
    oldObject: deployment([unsigned.pinned]),
  });
  assert.equal(
    (await admit(unsignedBefore, verify, pin)).allowed,
    false,
    'a digest that was stored proves nothing',
  );
});

test('a Pod that a controller owns is pinned', async () => {
  const object = {
    ...pod([signed.reference]),
    metadata: { generateName: 'web-', ownerReferences: [{ controller: true }] },
  };
  assert.deepEqual(patchedImages(await admit(requestFor(object, { name: '' }), verify)), [
    signed.pinned,
  ]);
});

const validate = { stage: 'validate' } as const;

test('the validating stage judges a Pod as it stands: pinned passes, a tag is refused', async () => {
  assert.equal((await admit(requestFor(pod([signed.pinned])), together, validate)).allowed, true);
  const decision = await admit(requestFor(pod([signed.reference])), verify, validate);
  assert.match(decision.message, new RegExp(`missing digest for ${signed.reference}`));
  assert.deepEqual(decision.patch, []);
});

test('MNH-03 tag@digest means the digest: the tag is never resolved', async () => {
  registry.reset();
  const object = pod([`${registry.host}/acme/signed:moved-elsewhere@${signed.digest}`]);
  const fresh = startEngine();
  const decision = await fresh.admit(requestFor(object), {
    policies: verify,
    stage: 'mutate',
    pin: 'pods',
  });
  await fresh.close();
  assert.equal(decision.allowed, true, decision.message);
  assert.equal(
    registry.requests.filter(({ reference }) => reference === 'moved-elsewhere').length,
    0,
  );
});

test('MNH-01 a tag is resolved once in a request, however many containers, rules and policies want it', async () => {
  const fresh = startEngine();
  registry.reset();
  const twice = [
    ...verify,
    ...policiesFrom(verifyPolicy({ name: 'again', images: '*', keys: [key.publicKeyPem] })),
  ];
  const decision = await fresh.admit(requestFor(pod([signed.reference, signed.reference])), {
    policies: twice,
    stage: 'mutate',
    pin: 'pods',
  });
  await fresh.close();
  assert.deepEqual(patchedImages(decision), [signed.pinned, signed.pinned]);
  assert.equal(registry.requests.filter(({ reference }) => reference === 'v1').length, 1);
});

test('MNH-02 a signature copied from another image does not verify', async () => {
  const victim = putSignedImage(registry, 'acme/copied:v1', { key, format: 'none' });
  signSimple(registry, victim, key, { payloadDigest: signed.digest });
  const decision = await admit(requestFor(pod([victim.reference])), verify);
  assert.equal(decision.allowed, false);
  assert.match(decision.message, new RegExp(`signature is for ${signed.digest}`));
});

const OLD: JsonObject = pod([unsigned.reference]);
const LABELLED: JsonObject = { ...OLD, metadata: { name: 'web', labels: { more: 'yes' } } };

const UPDATES: readonly [
  what: string,
  object: JsonObject,
  oldObject: JsonObject,
  allowed: boolean,
][] = [
  ['an unrelated change of a running unsigned Pod passes', LABELLED, OLD, true],
  ['MNH-08 a changed image is verified', pod([foreign.reference]), OLD, false],
  [
    'MNH-08 a changed image is verified although another container went away',
    pod([foreign.reference]),
    pod([unsigned.reference, signed.reference]),
    false,
  ],
  [
    'MNH-08 a changed image is verified although replicas went to 0',
    { ...deployment([foreign.reference]) },
    deployment([signed.reference]),
    false,
  ],
  [
    'an added ephemeral container is verified',
    pod([signed.pinned], { ephemeralContainers: [{ name: 'debug', image: unsigned.reference }] }),
    pod([signed.pinned]),
    false,
  ],
  [
    'MNH-07 deletionTimestamp on the new object alone skips nothing',
    { ...pod([unsigned.reference]), metadata: { name: 'web', deletionTimestamp: 'now' } },
    pod([signed.reference]),
    false,
  ],
  [
    'an update of a terminating object passes',
    pod([unsigned.reference]),
    { ...pod([signed.reference]), metadata: { name: 'web', deletionTimestamp: 'now' } },
    true,
  ],
];

for (const [what, object, oldObject, allowed] of UPDATES) {
  test(`UPDATE: ${what}`, async () => {
    for (const stage of ['mutate', 'validate'] as const) {
      const decision = await admit(
        requestFor(object, { operation: 'UPDATE', oldObject }),
        together,
        { stage },
      );
      assert.equal(decision.allowed, allowed, `${stage}: ${decision.message}`);
      assert.deepEqual(decision.patch, []);
    }
  });
}

test('UPDATE: only the changed image is pinned, the running one is left alone (MNH-25)', async () => {
  const object = pod([unsigned.reference, signed.reference]);
  const decision = await admit(
    requestFor(object, {
      operation: 'UPDATE',
      oldObject: pod([unsigned.reference, bundled.reference]),
    }),
    verify,
  );
  assert.deepEqual(decision.patch, [
    { op: 'replace', path: '/spec/containers/1/image', value: signed.pinned },
  ]);
});

const REQUESTER: readonly [what: string, metadata: JsonObject][] = [
  ['owner references', { ownerReferences: [{ kind: 'ReplicaSet', controller: true, uid: '1' }] }],
  [
    'our and Kyverno’s annotations',
    {
      annotations: { 'kyverno.io/verify-images': JSON.stringify({ [unsigned.reference]: 'pass' }) },
    },
  ],
  ['a deletion timestamp on a new object', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
];

for (const [what, metadata] of REQUESTER) {
  test(`MNH-07 ${what} that the requester wrote skip no work`, async () => {
    const decision = await admit(
      requestFor({ ...pod([unsigned.reference]), metadata: { name: 'web', ...metadata } }),
      verify,
    );
    assert.equal(decision.outcome, 'denied');
  });
}

for (const operation of ['DELETE', 'CONNECT'] as const) {
  test(`${operation} is admitted`, async () => {
    assert.equal(
      (await admit(requestFor(pod([unsigned.reference]), { operation }), together)).allowed,
      true,
    );
  });
}

test('the mirror of a static pod is admitted', async () => {
  const object = {
    ...pod([unsigned.reference]),
    metadata: { name: 'web', annotations: { 'kubernetes.io/config.mirror': 'x' } },
  };
  assert.equal((await admit(requestFor(object), verify)).allowed, true);
});

const ODD_NAMES = [
  'UPPER/Case',
  'a b',
  ' ',
  '',
  'nginx@sha256:123abc456def789ghi',
  'x'.repeat(600),
  'ünïcode:1',
];

for (const name of ODD_NAMES) {
  test(`MNH-31 image name ${JSON.stringify(name).slice(0, 40)} is refused, and the image beside it is still judged`, async () => {
    const decision = await admit(requestFor(pod([name, unsigned.reference])), verify);
    assert.equal(decision.outcome, 'denied');
    assert.match(decision.message, /Cannot parse image reference|failed to verify/);
    assert.match(decision.message, /acme\/unsigned/);
    const alone = await admit(requestFor(pod([name])), verify);
    assert.equal(alone.outcome, 'denied');
  });
}

test('MNH-27 of two containers with one name both are judged', async () => {
  const object = {
    ...pod([]),
    spec: {
      containers: [
        { name: 'a', image: unsigned.reference },
        { name: 'a', image: signed.reference },
      ],
    },
  };
  assert.equal((await admit(requestFor(object), verify)).outcome, 'denied');
});

test('MNH-06 fields that cannot be read are refused as unknown', async () => {
  const unreadable = await admit(requestFor({ ...pod([]), spec: { containers: 'x' } }), verify);
  assert.equal(unreadable.outcome, 'unknown');
  assert.match(
    unreadable.message,
    /Cannot read images at \/spec\/containers: expected a list, found string/,
  );
});

test('a rule that cannot be evaluated refuses the images it is about, and no others', async () => {
  const variable = verifyPolicy({
    images: `${registry.host}/acme/*`,
    keys: [key.publicKeyPem],
  }).replace(/- keys:[^]*/, '- keys: { publicKeys: "{{ keys.data.release }}" }');
  const policies = policiesFrom(variable);
  const decision = await admit(requestFor(pod([signed.reference])), policies);
  assert.equal(decision.outcome, 'unknown');
  assert.match(
    decision.message,
    /failed to resolve keys\.data\.release at path \/verifyImages\/0\/attestors\/0\/entries\/0\/keys\/publicKeys/,
  );
  assert.equal(
    (await admit(requestFor(pod(['docker.io/library/nginx:1'])), policies)).allowed,
    true,
  );
});

test('MNH-07 an update that sheds the label a rule selects by is still judged by it', async () => {
  const selecting = verifyPolicy({ images: '*', keys: [key.publicKeyPem] }).replace(
    'kinds: [Pod]',
    'kinds: [Pod]\n              selector: { matchLabels: { tier: web } }',
  );
  const labelled = {
    ...pod([signed.reference]),
    metadata: { name: 'web', labels: { tier: 'web' } },
  };
  const request = requestFor(pod([unsigned.reference]), {
    operation: 'UPDATE',
    oldObject: labelled,
  });
  assert.equal((await admit(request, policiesFrom(selecting))).allowed, false);
});

test('MNH-20 a namespaced policy acts in its own namespace only', async () => {
  const namespaced = policiesFrom(
    verifyPolicy({ images: '*', keys: [key.publicKeyPem] })
      .replace('kind: ClusterPolicy', 'kind: Policy')
      .replace('name: verify-images', 'name: verify-images, namespace: prod'),
  );
  const elsewhere = requestFor(pod([unsigned.reference]), { namespace: 'dev' });
  assert.equal((await admit(elsewhere, namespaced)).allowed, true);
  const decision = await admit(requestFor(pod([unsigned.reference])), namespaced);
  assert.equal(decision.allowed, false);
  assert.match(decision.message, /^prod\/verify-images:$/m);
});
