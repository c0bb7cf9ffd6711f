import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#shared/base/json-value.ts';
import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import { imageValue } from '#shared/admission/context/images-value.ts';
import { requestScope, type KnownOfRequest } from '#shared/admission/context/request-scope.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { substitute } from '#shared/condition/variables/substitute.ts';
import { parseReference } from '#shared/image/reference.ts';
import type { ImageRole, WorkloadImage } from '#shared/workload/images.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

const REQUEST: AdmissionRequest = {
  operation: 'UPDATE',
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  subresource: '',
  namespace: 'prod',
  name: 'web',
  dryRun: false,
  object: { metadata: { name: 'web' }, spec: { replicas: 2 } },
  oldObject: { metadata: { name: 'old' } },
  userInfo: {
    username: 'system:serviceaccount:ci:deployer',
    uid: '',
    groups: ['system:authenticated'],
    extra: {},
  },
};

function image(role: ImageRole, name: string, reference: string, index = 0): WorkloadImage {
  return { role, name, image: reference, pointer: `/spec/containers/${index}/image` };
}

function value(
  text: string,
  changes: Partial<AdmissionRequest> = {},
  known: Partial<KnownOfRequest> = {},
): JsonValue {
  const scope = requestScope({ ...REQUEST, ...changes }, { images: [], ...known });
  return substitute(text, scope, {
    budget: new EvaluationBudget(),
    clock: { now: () => 0 },
    hosts: NO_HOST_ADDRESSES,
  });
}

/** Rule, text, value. Kyverno 1.19 */
const ROWS: readonly (readonly [string, string, JsonValue, Partial<AdmissionRequest>?])[] = [
  ['the operation', '{{ request.operation }}', 'UPDATE'],
  [
    'the kind',
    '{{ request.kind.group }}/{{ request.kind.version }} {{ request.kind.kind }}',
    'apps/v1 Deployment',
  ],
  ['name and namespace', '{{ request.namespace }}/{{ request.name }}', 'prod/web'],
  ['the object', '{{ request.object.spec.replicas }}', 2],
  ['the object before', '{{ request.oldObject.metadata.name }}', 'old'],
  ['no object before is null', '{{ request.oldObject }}', null, { oldObject: undefined }],
  ['whether it is a trial', '{{ request.dryRun }}', false],
  ['the user', '{{ request.userInfo.username }}', 'system:serviceaccount:ci:deployer'],
  ['the groups', '{{ request.userInfo.groups }}', ['system:authenticated']],
  ['the service account', '{{ serviceAccountNamespace }}/{{ serviceAccountName }}', 'ci/deployer'],
  [
    'no service account',
    '<{{ serviceAccountNamespace }}{{ serviceAccountName }}>',
    '<>',
    { userInfo: { username: 'jane@example.com', uid: '', groups: [], extra: {} } },
  ],
  [
    'a user name that only looks like one (hostile)',
    '<{{ serviceAccountNamespace }}{{ serviceAccountName }}>',
    '<>',
    {
      userInfo: {
        username: 'xxxxxxxxxxxxxxxxxxxxxxkube-system:admin',
        uid: '',
        groups: [],
        extra: {},
      },
    },
  ],
  [
    'on DELETE the object is what is deleted',
    '{{ request.object.metadata.name }}',
    'old',
    { operation: 'DELETE', object: undefined },
  ],
  [
    'what else the API server sent',
    '{{ request.uid }} {{ request.requestKind.kind }}',
    'u Deployment',
    { review: { uid: 'u', requestKind: { kind: 'Deployment' }, object: { metadata: {} } } },
  ],
  [
    'the object as it is now, not as it was sent',
    '{{ request.object.metadata.name }}',
    'web',
    { review: { object: { metadata: { name: 'sent' } } } },
  ],
];

for (const [rule, text, expected, changes] of ROWS) {
  test(`request: ${rule}`, () => assert.deepEqual(value(text, changes), expected));
}

/** Rule, text, changes: nothing has the field. */
const ABSENT: readonly (readonly [string, string, Partial<AdmissionRequest>])[] = [
  ['an empty name', '{{ request.name }}', { name: '' }],
  ['an empty namespace', '{{ request.namespace }}', { namespace: '' }],
  ['a subresource that is none', '{{ request.subResource }}', {}],
  ['an unknown user', '{{ request.userInfo }}', { userInfo: undefined }],
  ['an unknown service account', '{{ serviceAccountName }}', { userInfo: undefined }],
  ['roles that nobody asked for', '{{ request.roles }}', {}],
  ['another name', '{{ target }}', {}],
];

for (const [rule, text, changes] of ABSENT) {
  test(`request: ${rule} has no value`, () => {
    assert.throws(
      () => value(text, changes),
      (error) => error instanceof ConditionError && error.code === 'UNRESOLVED_VARIABLE',
    );
  });
}

test('request: roles where they are known', () => {
  const roles = { roles: ['prod:edit'], clusterRoles: ['view'] };
  assert.deepEqual(value('{{ request.roles }}', {}, { roles }), ['prod:edit']);
  assert.deepEqual(value('{{ request.clusterRoles }}', {}, { roles }), ['view']);
});

/** Kyverno 1.19: an empty list of roles is left out */
for (const field of ['roles', 'clusterRoles'] as const) {
  test(`request: ${field} of somebody without any have no value, the other ones do`, () => {
    const roles = { roles: ['prod:edit'], clusterRoles: ['view'], [field]: [] };
    assert.throws(
      () => value(`{{ request.${field} }}`, {}, { roles }),
      (error) =>
        error instanceof ConditionError &&
        error.code === 'UNRESOLVED_VARIABLE' &&
        error.message.includes(`Unknown key "${field}"`),
    );
    assert.equal(
      value('{{ length([request.roles || request.clusterRoles][]) }}', {}, { roles }),
      1,
    );
  });
}

/** Reference, what the fields are. Kyverno 1.19 */
const IMAGES: readonly (readonly [string, Record<string, string>])[] = [
  ...['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'].map(
    (registry): readonly [string, Record<string, string>] => [
      `${registry}/library/nginx:1`,
      {
        registry,
        path: 'library/nginx',
        name: 'nginx',
        tag: '1',
        reference: `${registry}/library/nginx:1`,
        referenceWithTag: `${registry}/library/nginx:1`,
      },
    ],
  ),
  [
    'GHCR.io/acme/app:1',
    {
      registry: 'ghcr.io',
      path: 'acme/app',
      name: 'app',
      tag: '1',
      reference: 'ghcr.io/acme/app:1',
      referenceWithTag: 'ghcr.io/acme/app:1',
    },
  ],
  [
    'nginx',
    {
      registry: 'docker.io',
      path: 'nginx',
      name: 'nginx',
      tag: 'latest',
      reference: 'docker.io/nginx:latest',
      referenceWithTag: 'docker.io/nginx:latest',
    },
  ],
  [
    'ghcr.io/acme/team/app:v1',
    {
      registry: 'ghcr.io',
      path: 'acme/team/app',
      name: 'app',
      tag: 'v1',
      reference: 'ghcr.io/acme/team/app:v1',
      referenceWithTag: 'ghcr.io/acme/team/app:v1',
    },
  ],
  [
    `localhost:5000/app:v1@${DIGEST}`,
    {
      registry: 'localhost:5000',
      path: 'app',
      name: 'app',
      tag: 'v1',
      digest: DIGEST,
      reference: `localhost:5000/app@${DIGEST}`,
      referenceWithTag: 'localhost:5000/app:v1',
    },
  ],
  [
    `app@${DIGEST}`,
    {
      registry: 'docker.io',
      path: 'app',
      name: 'app',
      digest: DIGEST,
      reference: `docker.io/app@${DIGEST}`,
      referenceWithTag: 'docker.io/app:',
    },
  ],
];

for (const [reference, expected] of IMAGES) {
  test(`images: the fields of ${reference.replace(DIGEST, 'sha256:…')}`, () => {
    assert.deepEqual(imageValue(parseReference(reference)), expected);
    const images = [image('container', 'one', reference)];
    assert.deepEqual(value('{{ images.containers.one }}', {}, { images }), {
      ...expected,
      jsonPointer: '/spec/containers/0/image',
    });
  });
}

test('images: are grouped by where they stand; blank ones and empty groups are left out', () => {
  const images = [
    image('container', 'a', 'nginx'),
    image('init', 'b', 'redis'),
    image('ephemeral', 'c', 'busybox'),
    image('volume', 'd', 'data'),
    image('container', 'e', '  '),
  ];
  assert.equal(value('{{ request.name }}', {}, { images }), 'web');
});

test('images: names of containers that are names of JavaScript are names', () => {
  const images = [
    image('container', '__proto__', 'nginx'),
    image('container', 'constructor', 'x', 1),
  ];
  assert.deepEqual(value('{{ images.containers.*.path }}', {}, { images }), ['nginx', 'x']);
});
