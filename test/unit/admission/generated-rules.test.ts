import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { deployment, pod, requestFor } from '../../support/admission/objects.ts';
import { policyDocument, readUsable, rule } from '../policy/sample-policy.ts';
import { yaml } from '../policy/validate/judge-sample.ts';

const admit = createAdmit({
  clock: { now: () => 0 },
  openRegistry: async () => Promise.reject(new Error('no registry is asked')),
});

const PINNED_ONLY =
  "validate: { message: m, pattern: { spec: { containers: [{ image: '*@*' }] } } }";

/** A CronJob whose template has one container. */
function cronJob(image: string): JsonObject {
  const template = { spec: { containers: [{ name: 'c0', image }] } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'web', namespace: 'prod' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } },
  };
}

interface Row {
  readonly name: string;
  /** The rule's fields beside its name, as YAML. */
  readonly fields: string;
  readonly object: JsonObject;
  /** Rule and message of the refusals; absent where the object is admitted. */
  readonly refused?: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'MNH-28 a Deployment that only an alternative without Pods names is judged by its template',
    fields: `
match: { any: [{ resources: { kinds: [Pod], namespaces: [x] } }, { resources: { kinds: [Deployment], namespaces: [prod] } }] }
validate:
  message: m
  deny: { conditions: { any: [{ key: "{{ request.object.spec.containers[].image || [''] }}", operator: AnyIn, value: [nginx*] }] } }`,
    object: deployment(['nginx:1']),
    refused: ['autogen-r: m'],
  },
  {
    name: 'a CronJob is judged whatever kind an alternative names',
    fields: `
match: { any: [{ resources: { kinds: [Pod], namespaces: [x] } }, { resources: { kinds: [StatefulSet], namespaces: [prod] } }] }
${PINNED_ONLY}`,
    object: cronJob('nginx:1'),
    refused: [
      'autogen-cronjob-r: validation error: m. rule autogen-cronjob-r failed at path /spec/jobTemplate/spec/template/spec/containers/0/image/',
    ],
  },
  {
    name: 'a Deployment that an exclusion without Pods names is not judged',
    fields: `
match: { any: [{ resources: { kinds: [Pod] } }] }
exclude: { any: [{ resources: { kinds: [Pod], namespaces: [x] } }, { resources: { kinds: [Deployment] } }] }
${PINNED_ONLY}`,
    object: deployment(['nginx:1']),
  },
  {
    name: 'Pods are judged where an exclusion names what is no kind',
    fields: `
match: { any: [{ resources: { kinds: [Pod] } }] }
exclude: { any: [{ resources: { kinds: ['*/v1/Pod'], namespaces: [prod] } }] }
${PINNED_ONLY}`,
    object: pod(['nginx:1']),
    refused: ['r: validation error: m. rule r failed at path /spec/containers/0/image/'],
  },
  // Unlike in Kyverno, where such a pattern is for the workload itself and refuses all of them.
  ...(
    [
      "list: 'request.object.spec.containers[].image'",
      'list: request.object.spec.containers, elementScope: false',
    ] as const
  ).flatMap((list): readonly Row[] => {
    const fields = `
match: { any: [{ resources: { kinds: [Pod] } }] }
validate: { message: m, foreach: [{ ${list}, pattern: { spec: { containers: [{ image: mirror/* }] } } }] }`;
    return [
      { name: `foreach ${list}: a good template`, fields, object: deployment(['mirror/a:1']) },
      {
        name: `foreach ${list}: a bad template`,
        fields,
        object: deployment(['nginx:1']),
        refused: [
          'autogen-r: validation failure: validation error: m. rule autogen-r failed at path /spec/containers/0/image/',
        ],
      },
    ];
  }),
  {
    name: 'a host name of Docker Hub in a list of what is denied',
    fields: `
match: { any: [{ resources: { kinds: [Pod] } }] }
validate:
  message: m
  deny: { conditions: { any: [{ key: '{{ images.containers.*.registry }}', operator: AnyIn, value: [index.docker.io] }] } }`,
    object: deployment(['index.docker.io/library/nginx:1']),
    refused: ['autogen-r: m'],
  },
  {
    name: 'an absent list with an existence anchor beside a field that does not fit is a refusal',
    fields: `
match: { any: [{ resources: { kinds: [Pod] } }] }
validate: { message: m, pattern: { spec: { ^(initContainers): [{ image: a* }], containers: [{ image: z }] } } }`,
    object: pod(['nginx:1']),
    refused: ['r: validation error: m. rule r failed at path /spec/containers/0/image/'],
  },
];

for (const { name, fields, object, refused = [] } of ROWS) {
  test(`generated rules: ${name}`, async () => {
    const own = rule({ verifyImages: undefined, ...yaml(fields) });
    const policy = readUsable(policyDocument([own], { failurePolicy: 'Ignore' }));
    const decision = await admit(requestFor(object), {
      policies: [policy],
      stage: 'validate',
      pin: 'pods',
    });
    assert.equal(decision.allowed, refused.length === 0, decision.message);
    const said = decision.records
      .filter(({ verdict }) => verdict.kind === 'fail' || verdict.kind === 'error')
      .map(({ rule: by, verdict }) => `${by}: ${verdict.message}`);
    assert.deepEqual(said, refused);
  });
}
