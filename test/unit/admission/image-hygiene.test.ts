import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ContextSources,
  NO_CONTEXT_SOURCES,
} from '#shared/admission/context/context-sources.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { deployment, pod, requestFor } from '../../support/admission/objects.ts';
import { policyDocument, readUsable, rule } from '../policy/sample-policy.ts';
import { yaml } from '../policy/validate/judge-sample.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** What registries say of images, by their reference. */
const IMAGES: Readonly<Record<string, JsonObject>> = {
  'quay.example/plain:1': image(
    'quay.example',
    { config: {}, created: '2025-12-01T00:00:00Z' },
    [1_000],
  ),
  'quay.example/root:1': image('quay.example', { config: { User: '' } }, [1_000]),
  'ghcr.io/root:1': image('ghcr.io', { config: { User: '' } }, [1_000]),
  'quay.example/user:1': image('quay.example', { config: { User: '1000' } }, [1_000]),
  'quay.example/volumes:1': image(
    'quay.example',
    { config: { Volumes: { '/data': {} } } },
    [1_000],
  ),
  'quay.example/large:1': image('quay.example', { config: {} }, [2_000_000_000, 2_000_000_000]),
  'quay.example/old:1': image(
    'quay.example',
    { config: {}, created: '2025-01-01T00:00:00Z' },
    [1_000],
  ),
  'quay.example/cuda:1': image(
    'quay.example',
    { config: { Env: ['PATH=/bin', 'NVIDIA_VISIBLE_DEVICES=all'] } },
    [1],
  ),
  'quay.example/based:1': image(
    'quay.example',
    { config: { Labels: { 'org.opencontainers.image.source': 'https://git.example/a' } } },
    [1],
    {
      'org.opencontainers.image.base.name': 'debian:13',
    },
  ),
};

function image(
  registry: string,
  configData: JsonObject,
  layers: readonly number[],
  annotations: JsonObject = {},
): JsonObject {
  return {
    registry,
    configData,
    manifest: { annotations, layers: layers.map((size) => ({ size })) },
  };
}

const CONFIG_MAPS: Readonly<Record<string, JsonObject>> = {
  'default/registries': { data: { registries: 'registry.example/*' } },
  'platform/bases': { data: { bases: '["debian:13", "alpine:3"]' } },
  'prod/accounts': { data: { robot: 'docker.io/robot' } },
};

const STAGING: JsonObject = {
  items: [
    {
      metadata: { name: 'web' },
      spec: { template: { spec: { containers: [{ name: 'c0', image: 'shop/web:1.4.0' }] } } },
    },
  ],
};

const SOURCES: ContextSources = {
  ...NO_CONTEXT_SOURCES,
  readConfigMap: async ({ namespace, name }) =>
    Promise.resolve(CONFIG_MAPS[`${namespace}/${name}`]),
  apiCall: async ({ target }) => {
    const path = target.kind === 'api-server' ? target.urlPath : '';
    const answers: Readonly<Record<string, JsonValue>> = {
      '/api/v1/namespaces/prod': {
        metadata: { annotations: { 'corp.example/registries': 'team.example/*' } },
      },
      '/apis/apps/v1/namespaces/staging/deployments': STAGING,
    };
    const answer = answers[path];
    return answer === undefined ? Promise.reject(new Error(`no ${path}`)) : Promise.resolve(answer);
  },
  imageData: async ({ reference }) => {
    const data = IMAGES[reference];
    return data === undefined
      ? Promise.reject(new Error(`no ${reference}`))
      : Promise.resolve(data);
  },
  globalEntry: async () => Promise.resolve(undefined),
};

const admit = createAdmit({
  clock: { now: () => Date.UTC(2026, 0, 1) },
  sources: SOURCES,
  openRegistry: async () => Promise.reject(new Error('no registry is asked')),
});

async function decide(changes: JsonObject, object: JsonObject): Promise<Decision> {
  const policy = readUsable(policyDocument([rule({ verifyImages: undefined, ...changes })]));
  return admit(requestFor(object), { policies: [policy], stage: 'validate', pin: 'pods' });
}

/** An object, or the images of a Pod. */
type Given = JsonObject | readonly string[];

interface Sample {
  /** What the policy is for. */
  readonly name: string;
  /** The rule's fields beside name and match, as YAML. */
  readonly rule: string;
  readonly good: readonly Given[];
  /** With what the refusal says. */
  readonly bad: readonly (readonly [Given, string])[];
}

const ALL = 'request.object.spec.[initContainers, ephemeralContainers, containers][]';

function withInit(...images: readonly string[]): JsonObject {
  return pod(['registry.example/a:1'], {
    initContainers: images.map((image, index) => ({ name: `i${index}`, image })),
  });
}

function withPolicy(image: string, imagePullPolicy: string): JsonObject {
  return pod([], { containers: [{ name: 'c0', image, imagePullPolicy }] });
}

/** Rules in the manner of the published library, whose meaning is Kyverno's (1.19). */
const SAMPLES: readonly Sample[] = [
  {
    name: 'known registries, by pattern',
    rule: `
validate:
  message: Unknown registry.
  pattern:
    spec:
      =(ephemeralContainers): [{ image: 'registry.example/* | mirror.example/*' }]
      =(initContainers): [{ image: 'registry.example/* | mirror.example/*' }]
      containers: [{ image: 'registry.example/* | mirror.example/*' }]`,
    good: [['registry.example/a:1', 'mirror.example/b:1'], withInit('mirror.example/b:1')],
    bad: [
      [
        ['nginx'],
        'validation error: Unknown registry. rule r failed at path /spec/containers/0/image/',
      ],
      [['registry.example.evil/a'], '/spec/containers/0/image/'],
      [withInit('registry.example/a', 'nginx'), '/spec/initContainers/1/image/'],
    ],
  },
  {
    name: 'a tag, by foreach',
    rule: `
validate:
  message: A tag is needed.
  foreach:
    - { list: request.object.spec.containers, pattern: { image: '*:*' } }
    - { list: request.object.spec.initContainers, pattern: { image: '*:*' } }
    - { list: request.object.spec.ephemeralContainers, pattern: { image: '*:*' } }`,
    good: [['a:1'], withInit('b:1')],
    bad: [
      [
        ['a:1', 'b'],
        'validation failure: validation error: A tag is needed. rule r failed at path /image/',
      ],
      [withInit('b'), 'A tag is needed.'],
      [deployment(['b']), 'A tag is needed. rule autogen-r failed at path /image/'],
    ],
  },
  {
    name: 'no latest, by foreach',
    rule: `validate: { message: Not latest, foreach: [{ list: request.object.spec.containers, pattern: { image: '!*:latest' } }] }`,
    good: [['a:1'], ['a']],
    bad: [
      [['a:1', 'b:latest'], 'Not latest. rule r failed at path /image/'],
      [deployment(['b:latest']), 'Not latest. rule autogen-r failed'],
    ],
  },
  {
    name: 'no tiller, by foreach',
    rule: `validate: { message: No Tiller, foreach: [{ list: '${ALL}', pattern: { image: '!*tiller*' } }] }`,
    good: [['helm/helm:3']],
    bad: [[['gcr.io/tiller:2'], 'No Tiller.']],
  },
  {
    name: 'digests, by pattern',
    rule: `
validate:
  message: Name a digest.
  pattern:
    spec:
      containers: [{ image: '*@*' }]
      =(initContainers): [{ image: '*@*' }]
      =(ephemeralContainers): [{ image: '*@*' }]`,
    good: [[`a@${DIGEST}`]],
    bad: [
      [['a:1'], '/spec/containers/0/image/'],
      [withInit(`a@${DIGEST}`), '/spec/containers/0/image/'],
    ],
  },
  {
    name: 'always pull what may move, by a conditional anchor',
    rule: `validate: { message: Pull always., pattern: { spec: { containers: [{ (image): '*:latest | !*:*', imagePullPolicy: Always }] } } }`,
    good: [withPolicy('a:latest', 'Always'), withPolicy('a:1', 'IfNotPresent')],
    bad: [
      [withPolicy('a:latest', 'IfNotPresent'), '/spec/containers/0/imagePullPolicy/'],
      [withPolicy('a', 'Never'), '/spec/containers/0/imagePullPolicy/'],
    ],
  },
  {
    name: 'pull secrets for foreign registries, by preconditions on images',
    rule: `
preconditions: { all: [{ key: '{{ images.containers.*.registry }}', operator: AnyNotIn, value: [ghcr.io, quay.io] }] }
validate: { message: Name a pull secret., pattern: { spec: { imagePullSecrets: [{ name: '?*' }] } } }`,
    good: [
      ['ghcr.io/a:1', 'quay.io/b:1'],
      pod(['corp.example/a'], { imagePullSecrets: [{ name: 'corp' }] }),
    ],
    bad: [
      [['corp.example/a'], '/spec/imagePullSecrets/'],
      [['ghcr.io/a:1', 'nginx'], '/spec/imagePullSecrets/'],
    ],
  },
  {
    name: 'an ingress controller no older than this, by deny on a filtered list',
    rule: `
validate:
  message: Too old.
  deny:
    conditions:
      - key: "{{ request.object.spec.containers[?name=='c0'].image }}"
        operator: AnyIn
        value: ['registry.k8s.io/ingress-nginx/controller:v1.10.*', 'registry.k8s.io/ingress-nginx/controller:v1.11.0']`,
    good: [['registry.k8s.io/ingress-nginx/controller:v1.12.1'], ['nginx']],
    bad: [
      [['registry.k8s.io/ingress-nginx/controller:v1.10.5'], 'Too old.'],
      [['registry.k8s.io/ingress-nginx/controller:v1.11.0'], 'Too old.'],
    ],
  },
  {
    name: 'known repositories, by deny on the names of all images',
    rule: `
validate:
  message: Known repositories only.
  deny: { conditions: { all: [{ key: '{{ images.[containers, initContainers, ephemeralContainers][].*.name[] }}', operator: AnyNotIn, value: [web, kyverno] }] } }`,
    good: [['ghcr.io/corp/web:1', 'kyverno']],
    bad: [
      [['ghcr.io/corp/web:1', 'redis'], 'Known repositories only.'],
      [deployment(['redis']), 'Known repositories only.'],
    ],
  },
  {
    name: 'a registry that is shut, by deny in foreach',
    rule: `
validate:
  message: k8s.gcr.io is shut.
  foreach: [{ list: '${ALL}', deny: { conditions: { all: [{ key: '{{ element.image }}', operator: Equals, value: 'k8s.gcr.io/*' }] } } }]`,
    good: [['registry.k8s.io/pause:3'], withInit('registry.k8s.io/pause:3')],
    bad: [
      [
        ['registry.k8s.io/pause:3', 'k8s.gcr.io/pause:3'],
        'validation failure: k8s.gcr.io is shut.',
      ],
      [withInit('k8s.gcr.io/pause:3'), 'k8s.gcr.io is shut.'],
      [deployment(['k8s.gcr.io/pause:3']), 'k8s.gcr.io is shut.'],
    ],
  },
  {
    name: 'registries from a namespace and a ConfigMap, by context',
    rule: `
context:
  - name: nsregistries
    apiCall: { urlPath: '/api/v1/namespaces/{{ request.namespace }}', jmesPath: "metadata.annotations.\\"corp.example/registries\\" || ''" }
  - name: clusterregistries
    configMap: { name: registries, namespace: default }
preconditions: { any: [{ key: "{{ request.operation || 'BACKGROUND' }}", operator: AnyIn, value: [CREATE, UPDATE] }] }
validate:
  message: Not an approved registry.
  foreach:
    - list: '${ALL}'
      deny:
        conditions:
          all:
            - { key: '{{ element.image }}', operator: NotEquals, value: '{{ nsregistries }}' }
            - { key: '{{ element.image }}', operator: NotEquals, value: '{{ clusterregistries.data.registries }}' }`,
    good: [['team.example/a:1', 'registry.example/b:1']],
    bad: [[['team.example/a:1', 'nginx'], 'Not an approved registry.']],
  },
  {
    name: 'approved base images, by context of the loop',
    rule: `
context: [{ name: bases, configMap: { name: bases, namespace: platform } }]
validate:
  message: Base not approved.
  foreach:
    - list: '${ALL}'
      context:
        - { name: imageData, imageRegistry: { reference: '{{ element.image }}' } }
        - { name: basename, variable: { jmesPath: 'imageData.manifest.annotations."org.opencontainers.image.base.name"', default: '' } }
      deny: { conditions: { all: [{ key: '{{ basename }}', operator: AnyNotIn, value: '{{ bases.data.bases }}' }] } }`,
    good: [['quay.example/based:1']],
    bad: [[['quay.example/based:1', 'quay.example/plain:1'], 'Base not approved.']],
  },
  {
    name: 'no built-in volumes',
    rule: `
validate:
  message: No volumes in images.
  foreach:
    - list: request.object.spec.containers
      context: [{ name: imageData, imageRegistry: { reference: '{{ element.image }}' } }]
      deny: { conditions: { all: [{ key: "{{ imageData.configData.config.Volumes || '' | length(@) }}", operator: GreaterThan, value: 0 }] } }`,
    good: [['quay.example/plain:1']],
    bad: [[['quay.example/plain:1', 'quay.example/volumes:1'], 'No volumes in images.']],
  },
  {
    name: 'no large images, by the sum of the layers',
    rule: `
validate:
  message: Over 2Gi.
  foreach:
    - list: request.object.spec.containers
      context: [{ name: imageSize, imageRegistry: { reference: '{{ element.image }}', jmesPath: 'to_string(sum(manifest.layers[*].size))' } }]
      deny: { conditions: { all: [{ key: 2Gi, operator: LessThan, value: '{{ imageSize }}' }] } }`,
    good: [['quay.example/plain:1']],
    bad: [[['quay.example/large:1'], 'Over 2Gi.']],
  },
  {
    name: 'no stale images, by the age of the image',
    rule: `
validate:
  message: Built too long ago.
  foreach:
    - list: request.object.spec.containers
      context: [{ name: imageData, imageRegistry: { reference: '{{ element.image }}' } }]
      deny: { conditions: { all: [{ key: "{{ time_since('', '{{ imageData.configData.created }}', '') }}", operator: GreaterThan, value: 4380h }] } }`,
    good: [['quay.example/plain:1']],
    bad: [[['quay.example/old:1'], 'Built too long ago.']],
  },
  {
    name: 'GPUs only for images that are built for them',
    rule: `
validate:
  message: Not built for GPUs.
  foreach:
    - list: request.object.spec.containers
      context: [{ name: imageData, imageRegistry: { reference: '{{ element.image }}' } }]
      deny:
        conditions:
          all:
            - { key: 'NVIDIA_VISIBLE_DEVICES=*?', operator: AnyNotIn, value: "{{ imageData.configData.config.Env || '' }}" }
            - { key: '{{ element.resources.limits."nvidia.com/gpu" || '''' }}', operator: GreaterThan, value: 0 }`,
    good: [
      ['quay.example/plain:1'],
      pod([], {
        containers: [
          {
            name: 'c',
            image: 'quay.example/cuda:1',
            resources: { limits: { 'nvidia.com/gpu': 1 } },
          },
        ],
      }),
    ],
    bad: [
      [
        pod([], {
          containers: [
            {
              name: 'c',
              image: 'quay.example/plain:1',
              resources: { limits: { 'nvidia.com/gpu': 1 } },
            },
          ],
        }),
        'Not built for GPUs.',
      ],
    ],
  },
  {
    name: 'root only from a trusted registry',
    rule: `
validate:
  message: Root only from ghcr.io.
  foreach:
    - list: request.object.spec.containers
      context: [{ name: imageData, imageRegistry: { reference: '{{ element.image }}' } }]
      deny:
        conditions:
          all:
            - { key: "{{ imageData.configData.config.User || '' }}", operator: Equals, value: '' }
            - { key: '{{ imageData.registry }}', operator: NotEquals, value: ghcr.io }`,
    good: [['quay.example/user:1', 'ghcr.io/root:1']],
    bad: [[['quay.example/user:1', 'quay.example/root:1'], 'Root only from ghcr.io.']],
  },
  {
    name: 'the source in a label or an annotation',
    rule: `
validate:
  message: Name the source.
  foreach:
    - list: request.object.spec.containers
      context:
        - name: imageData
          imageRegistry: { reference: '{{ element.image }}', jmesPath: '{labels: configData.config.Labels, annotations: manifest.annotations}' }
      deny:
        conditions:
          all:
            - { key: '{{ imageData.labels."org.opencontainers.image.source" || '''' }}', operator: NotEquals, value: '*?' }
            - { key: '{{ imageData.annotations."org.opencontainers.image.source" || '''' }}', operator: NotEquals, value: '*?' }`,
    good: [['quay.example/based:1']],
    bad: [[['quay.example/plain:1'], 'Name the source.']],
  },
  {
    name: 'the repository that goes with the service account, by a ConfigMap',
    rule: `
context: [{ name: accounts, configMap: { name: accounts, namespace: prod } }]
validate:
  message: 'Account {{ request.object.spec.serviceAccountName }} may not run {{ images.containers.*.name | [0] }}'
  deny:
    conditions:
      any:
        - key: '{{ images.containers.*.registry | [0] }}/{{ images.containers.*.name | [0] }}'
          operator: AnyNotIn
          value: '{{ accounts.data."{{ request.object.spec.serviceAccountName }}" }}'`,
    good: [pod(['robot:1'], { serviceAccountName: 'robot' })],
    bad: [[pod(['redis:1'], { serviceAccountName: 'robot' }), 'Account robot may not run redis']],
  },
  {
    name: 'nothing newer than in staging, by an API call',
    rule: `
match: { any: [{ resources: { kinds: [Deployment] } }] }
context:
  - name: staged
    apiCall: { urlPath: /apis/apps/v1/namespaces/staging/deployments, jmesPath: "items[?metadata.name=='{{ request.object.metadata.name }}'] | [0].spec.template.spec.containers[]" }
validate:
  message: Newer than in staging.
  foreach:
    - list: request.object.spec.template.spec.containers[]
      deny:
        conditions:
          any:
            - key: "{{ element.image.split(@, ':')[1] }}"
              operator: GreaterThan
              value: "{{ staged[?name == '{{ element.name }}'].image.split(@, ':')[1] | [0] }}"`,
    good: [deployment(['shop/web:1.4.0']), deployment(['shop/web:1.3.9'])],
    bad: [[deployment(['shop/web:1.5.0']), 'Newer than in staging.']],
  },
  {
    name: 'capabilities of containers that are no mesh proxies, by preconditions of the loop',
    rule: `
validate:
  message: Forbidden capabilities.
  foreach:
    - list: request.object.spec.initContainers[]
      preconditions: { all: [{ key: '{{ element.image }}', operator: AnyNotIn, value: ['*/istio/proxyv2*'] }] }
      deny:
        conditions:
          all:
            - { key: '{{ element.securityContext.capabilities.add[] || \`[]\` }}', operator: AnyNotIn, value: [CHOWN], message: 'by {{ element.name }}' }`,
    good: [
      pod(['a'], {
        initContainers: [
          {
            name: 'm',
            image: 'docker.io/istio/proxyv2:1',
            securityContext: { capabilities: { add: ['NET_ADMIN'] } },
          },
        ],
      }),
      pod(['a'], {
        initContainers: [
          { name: 'm', image: 'other', securityContext: { capabilities: { add: ['CHOWN'] } } },
        ],
      }),
      pod(['a'], { initContainers: [{ name: 'm', image: 'other' }] }),
    ],
    bad: [
      [
        pod(['a'], {
          initContainers: [
            {
              name: 'm',
              image: 'other',
              securityContext: { capabilities: { add: ['NET_ADMIN'] } },
            },
          ],
        }),
        'validation failure: Forbidden capabilities.; by m',
      ],
    ],
  },
  {
    name: 'either a digest or a trusted registry, by anyPattern',
    rule: `
validate:
  message: Digest or mirror.
  anyPattern:
    - { spec: { containers: [{ image: '*@sha256:*' }] } }
    - { spec: { containers: [{ image: 'mirror.example/*' }] } }`,
    good: [[`a@${DIGEST}`], ['mirror.example/a']],
    bad: [
      [
        ['a:1'],
        'validation error: Digest or mirror. rule r[0] failed at path /spec/containers/0/image/ rule r[1] failed at path /spec/containers/0/image/',
      ],
      [
        [`a@${DIGEST}`, 'mirror.example/a'],
        'r[0] failed at path /spec/containers/1/image/ rule r[1] failed at path /spec/containers/0/image/',
      ],
      [
        deployment(['a']),
        'rule autogen-r[0] failed at path /spec/template/spec/containers/0/image/',
      ],
    ],
  },
  {
    name: 'tags, in CEL',
    rule: `
validate:
  cel:
    expressions:
      - { expression: "object.spec.containers.all(c, c.image.contains(':'))", message: A tag is needed. }
      - { expression: "object.spec.containers.all(c, !c.image.endsWith(':latest'))", message: Not latest. }`,
    good: [['a:1']],
    bad: [
      [['a'], 'A tag is needed.'],
      [['a:latest'], 'Not latest.'],
      [deployment(['a:latest']), 'Not latest.'],
    ],
  },
  {
    name: 'known registries, in CEL with variables',
    rule: `
validate:
  cel:
    variables: [{ name: all, expression: 'object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])' }]
    expressions: [{ expression: "variables.all.all(c, c.image.startsWith('registry.example/') || c.image.startsWith('mirror.example/'))", message: Unknown registry. }]`,
    good: [['registry.example/a'], withInit('mirror.example/a')],
    bad: [
      [['nginx'], 'Unknown registry.'],
      [withInit('nginx'), 'Unknown registry.'],
    ],
  },
  {
    name: 'always pull what may move, in CEL',
    rule: `
validate:
  cel:
    expressions:
      - expression: "object.spec.containers.all(c, (c.image.endsWith(':latest') || !c.image.contains(':')) ? c.imagePullPolicy == 'Always' : true)"
        message: Pull always.`,
    good: [withPolicy('a:latest', 'Always'), withPolicy('a:1', 'Never')],
    bad: [[withPolicy('a:latest', 'Never'), 'Pull always.']],
  },
  {
    name: 'templates of workloads, in CEL: the expression says where they are, all else is of the workload',
    rule: `
validate:
  cel:
    expressions:
      - expression: "object.kind == 'Pod' ? object.spec == dyn(object)['spec'] : object['spec'].template.spec == object.spec"
        message: Not rewritten.
      - { expression: "object.kind in ['Pod', 'Deployment'] && request.requestKind.kind == object.kind", message: Not of the workload. }
      - { expression: "object.spec.containers.all(c, c.image.contains(':'))", message: A tag is needed. }
      - expression: "oldObject == null || object.metadata == oldObject.metadata"
        message: "Keep object.metadata of old ones."`,
    good: [['a:1'], deployment(['a:1'])],
    bad: [
      [['a'], 'A tag is needed.'],
      [deployment(['a']), 'A tag is needed.'],
      [{ ...deployment(['a:1']), kind: 'StatefulSet' }, 'Not of the workload.'],
    ],
  },
  {
    name: 'places that Kyverno does not rewrite, in CEL',
    rule: `validate: { cel: { expressions: [{ expression: "object.?spec.containers.orValue([]).all(c, c.image.contains(':'))", message: m }, { expression: "has(object.spec)", message: m }] } }`,
    good: [['a:1'], deployment(['a'])],
    bad: [[['a'], 'm']],
  },
  {
    name: 'a number of Kubernetes’ own libraries, in CEL',
    rule: `
validate:
  cel:
    variables: [{ name: most, expression: "quantity('1Gi')" }]
    expressions:
      - expression: "object.spec.containers.all(c, c.image != '' && quantity(c.?resources.?limits.?memory.orValue('2Gi')).compareTo(variables.most) <= 0)"
        message: Too much.`,
    good: [
      pod([], {
        containers: [{ name: 'c', image: 'a:1', resources: { limits: { memory: '1024Mi' } } }],
      }),
    ],
    bad: [[['a:1'], 'Too much.']],
  },
  {
    name: 'digests, in CEL',
    rule: `validate: { cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image.contains('@'))", message: Name a digest. }] } }`,
    good: [[`a@${DIGEST}`]],
    bad: [[['a:1'], 'Name a digest.']],
  },
  {
    name: 'no tiller, in CEL',
    rule: `validate: { cel: { expressions: [{ expression: "object.spec.containers.all(c, !c.image.contains('tiller'))", message: No Tiller. }] } }`,
    good: [['a']],
    bad: [[['gcr.io/tiller'], 'No Tiller.']],
  },
  {
    name: 'CEL only for some, by preconditions',
    rule: `
celPreconditions: [{ name: shop, expression: "has(object.metadata.labels) && object.metadata.labels.team == 'shop'" }]
validate: { cel: { expressions: [{ expression: "object.spec.containers.all(c, c.image.contains('@'))", message: Name a digest. }] } }`,
    good: [['a:1'], { ...pod(['a:1']), metadata: { name: 'p', labels: { team: 'other' } } }],
    bad: [
      [{ ...pod(['a:1']), metadata: { name: 'p', labels: { team: 'shop' } } }, 'Name a digest.'],
    ],
  },
];

function objectOf(given: Given): JsonObject {
  return isImages(given) ? pod(given) : given;
}

function isImages(given: Given): given is readonly string[] {
  return Array.isArray(given);
}

function title(given: Given): string {
  return isImages(given)
    ? given.join(' ').slice(0, 60)
    : JSON.stringify(given['spec']).slice(0, 90);
}

for (const { name, rule: written, good, bad } of SAMPLES) {
  const changes = yaml(written);
  for (const given of good) {
    test(`${name}: admits ${title(given)}`, async () => {
      const { allowed, records } = await decide(changes, objectOf(given));
      assert.ok(records.length > 0, 'no rule applied');
      assert.deepEqual(
        records
          .map(({ verdict }) => verdict.kind)
          .filter((kind) => kind === 'fail' || kind === 'error'),
        [],
        JSON.stringify(records),
      );
      assert.equal(allowed, true);
    });
  }
  for (const [given, message] of bad) {
    test(`${name}: refuses ${title(given)}`, async () => {
      const { outcome, records } = await decide(changes, objectOf(given));
      const [refusal] = records.filter(({ verdict }) => verdict.kind === 'fail');
      assert.ok(refusal?.verdict.message.includes(message), JSON.stringify(records, null, 1));
      assert.equal(outcome, 'denied');
    });
  }
}
