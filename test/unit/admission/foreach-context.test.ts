import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ContextSources,
  NO_CONTEXT_SOURCES,
} from '#shared/admission/context/context-sources.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import { pod, requestFor } from '../../support/admission/objects.ts';
import { policyDocument, readUsable, rule } from '../policy/sample-policy.ts';
import { yaml } from '../policy/validate/judge-sample.ts';

interface World extends ContextSources {
  /** References whose data was asked for, in order. */
  readonly asked: readonly string[];
}

/** A world in which every image knows its own name, except those that cannot be reached. */
function world(): World {
  const asked: string[] = [];
  return {
    asked,
    imageData: async ({ reference }): Promise<JsonValue> => {
      asked.push(reference);
      return reference.includes('gone')
        ? Promise.reject(new Error('cannot be reached'))
        : Promise.resolve({ from: reference });
    },
    readConfigMap: async () => Promise.resolve(undefined),
    apiCall: async () => Promise.reject(new Error('not here')),
    globalEntry: async () => Promise.resolve(undefined),
    hosts: NO_CONTEXT_SOURCES.hosts,
  };
}

async function decide(
  sources: ContextSources,
  validate: string,
  images: readonly string[],
): Promise<Decision> {
  const admit = createAdmit({
    clock: { now: () => Date.UTC(2026, 0, 1) },
    sources,
    openRegistry: async () => Promise.reject(new Error('no registry is asked')),
  });
  const changes = { verifyImages: undefined, validate: yaml(validate) };
  const policy = readUsable(policyDocument([rule(changes)]));
  return admit(requestFor(pod(images)), { policies: [policy], stage: 'validate', pin: 'pods' });
}

function messages({ records }: Decision): readonly string[] {
  return records.map(({ verdict }) => verdict.message);
}

const LOOP = `
foreach:
  - list: request.object.spec.containers
    context: [{ name: data, imageRegistry: { reference: '{{ element.image }}' } }]`;

test('foreach: context is fetched once for each element', async () => {
  const sources = world();
  const { outcome } = await decide(
    sources,
    `${LOOP}
    deny: { conditions: { any: [{ key: '{{ data.from }}', operator: Equals, value: 'bad*' }, { key: '{{ data.from }}', operator: Equals, value: 'worse*' }] } }`,
    ['a:1', 'b:1', 'c:1'],
  );
  assert.equal(outcome, 'admitted');
  assert.deepEqual(sources.asked, ['a:1', 'b:1', 'c:1']);
});

test('foreach: context that no element needs is never fetched', async () => {
  const sources = world();
  const { outcome } = await decide(sources, `${LOOP}\n    pattern: { image: '*:1' }`, [
    'a:1',
    'gone:1',
  ]);
  assert.equal(outcome, 'admitted');
  assert.deepEqual(sources.asked, []);
});

test('foreach: elements after a refusal are not looked at', async () => {
  const sources = world();
  const decision = await decide(
    sources,
    `${LOOP}
    deny: { conditions: { any: [{ key: '{{ data.from }}', operator: Equals, value: 'bad*', message: '{{ data.from }} is bad' }] } }`,
    ['a:1', 'bad:1', 'gone:1'],
  );
  assert.deepEqual(messages(decision), ['validation failure: bad:1 is bad']);
  assert.deepEqual(sources.asked, ['a:1', 'bad:1']);
});

test('foreach: context that cannot be fetched is not known, never a pass', async () => {
  const decision = await decide(
    world(),
    `${LOOP}
    deny: { conditions: { any: [{ key: '{{ data.from }}', operator: Equals, value: 'bad*' }] } }`,
    ['a:1', 'gone:1'],
  );
  assert.equal(decision.outcome, 'unknown');
  assert.match(messages(decision)[0] ?? '', /^rule r cannot be evaluated: .*cannot be reached/);
});

test('foreach: nor does an element go unjudged because its preconditions need it, unlike in Kyverno', async () => {
  const decision = await decide(
    world(),
    `${LOOP}
    preconditions: { all: [{ key: '{{ data.from }}', operator: Equals, value: '*' }] }
    pattern: { image: a* }`,
    ['gone:1'],
  );
  assert.equal(decision.outcome, 'unknown');
});

test('foreach: context of an inner loop may need that of the loop around it', async () => {
  const sources = world();
  const decision = await decide(
    sources,
    `${LOOP}
    foreach:
      - list: "['x', 'y']"
        context: [{ name: inner, imageRegistry: { reference: '{{ data.from }}-{{ element }}' } }]
        foreach:
          - list: "['z']"
            context: [{ name: innermost, variable: { value: '{{ data.from }} {{ inner.from }} {{ element }}' } }]
            deny: { conditions: { any: [{ key: '{{ innermost }}', operator: Equals, value: 'b:1 *-y z', message: '{{ innermost }}' }] } }`,
    ['a:1', 'b:1'],
  );
  const around = 'validation failure: '.repeat(3);
  assert.deepEqual(messages(decision), [`${around}b:1 b:1-y z`]);
  assert.deepEqual(sources.asked, ['a:1', 'a:1-x', 'a:1-y', 'b:1', 'b:1-x', 'b:1-y']);
});

test('a template without metadata has none, whatever labels its workload has', async () => {
  const admit = createAdmit({
    clock: { now: () => Date.UTC(2026, 0, 1) },
    openRegistry: async () => Promise.reject(new Error('no registry is asked')),
  });
  const changes = yaml(`
preconditions: { all: [{ key: "{{ request.object.metadata.labels.exempt || 'no' }}", operator: NotEquals, value: 'yes' }] }
validate: { message: m, foreach: [{ list: request.object.spec.containers, pattern: { image: mirror.example/* } }] }`);
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'web', labels: { exempt: 'yes' } },
    spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx' }] } } },
  };
  const policy = readUsable(policyDocument([rule({ verifyImages: undefined, ...changes })]));
  const decision = await admit(requestFor(job), {
    policies: [policy],
    stage: 'validate',
    pin: 'pods',
  });
  assert.equal(decision.outcome, 'denied');
});
