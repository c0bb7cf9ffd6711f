import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import type { HostLookupErrorCode } from '#shared/base/host-lookup.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { cannedContext } from '#test/support/admission/context-sources.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';
import { policyDocument, readUsable, rule } from '../policy/sample-policy.ts';
import { yaml } from '../policy/validate/judge-sample.ts';

interface Answered {
  readonly decision: Decision;
  readonly messages: readonly string[];
  readonly asked: readonly string[];
}

/** Rules that validate, and which addresses hosts have. */
async function answer(
  rules: readonly JsonObject[],
  hosts: Readonly<Record<string, readonly string[] | HostLookupErrorCode>>,
): Promise<Answered> {
  const sources = cannedContext({ hosts });
  const admit = createAdmit({
    clock: { now: () => Date.UTC(2026, 0, 1) },
    sources,
    openRegistry: async () => Promise.reject(new Error('no registry is asked')),
  });
  const named = rules.map((changes, index) =>
    rule({ verifyImages: undefined, name: `r${index}`, preconditions: ABOUT_IMAGES, ...changes }),
  );
  const policy = readUsable(policyDocument(named));
  const decision = await admit(requestFor(pod(['a.example/b:v1'])), {
    policies: [policy],
    stage: 'validate',
    pin: 'pods',
  });
  const messages = decision.records.map(({ verdict }) => verdict.message);
  return { decision, messages, asked: sources.asked };
}

/** Without a word about images a rule is left to other engines. */
const ABOUT_IMAGES = {
  all: [{ key: '{{ images.containers.c0.tag }}', operator: 'Equals', value: 'v1' }],
};

function denyUnless(expression: string, message = 'must be external'): JsonObject {
  return {
    validate: {
      message,
      deny: {
        conditions: { all: [{ key: `{{ ${expression} }}`, operator: 'Equals', value: false }] },
      },
    },
  };
}

const OUTSIDE = "is_external_url('https://outside.example')";
const INSIDE = "is_external_url('https://inside.example')";
const HOSTS = { 'outside.example': ['192.0.2.1'], 'inside.example': ['192.0.2.1', '10.0.0.1'] };

test('hosts: a name is looked up, and decides by all of its addresses', async () => {
  const outside = await answer([denyUnless(OUTSIDE)], HOSTS);
  assert.deepEqual(
    [outside.decision.outcome, outside.asked],
    ['admitted', ['host outside.example']],
  );
  const inside = await answer([denyUnless(INSIDE)], HOSTS);
  assert.deepEqual([inside.decision.outcome, inside.messages], ['denied', ['must be external']]);
});

test('hosts: one is looked up once for a request, however many rules name it', async () => {
  const { decision, asked } = await answer(
    Array.from({ length: 3 }, () => denyUnless(`${OUTSIDE} && ${OUTSIDE}`)),
    HOSTS,
  );
  assert.deepEqual([decision.outcome, asked], ['admitted', ['host outside.example']]);
});

test('hosts: messages may name functions whose values change', async () => {
  const message = `{{ ${INSIDE} }} {{ ${OUTSIDE} }} {{ random('[a-f]{4}') }}`;
  const { messages } = await answer([denyUnless(INSIDE, message)], HOSTS);
  assert.match(messages[0] ?? '', /^false true [a-f]{4}$/);
});

for (const [code, transient] of [
  ['NO_SUCH_HOST', false],
  ['UNREACHABLE', true],
] as const)
  test(`hosts: ${code} is neither external nor internal, and ${transient ? 'may pass' : 'stays'}`, async () => {
    for (const wanted of [true, false]) {
      const expression = `${OUTSIDE} == \`${wanted}\``;
      const { decision, messages, asked } = await answer([denyUnless(expression)], {
        'outside.example': code,
      });
      assert.equal(decision.outcome, 'unknown');
      assert.match(
        messages[0] ?? '',
        /JMESPath function 'is_external_url': lookup outside\.example: it is not known$/,
      );
      const [record] = decision.records;
      assert.ok(record?.verdict.kind === 'error');
      assert.equal(record.verdict.transient, transient);
      assert.deepEqual(asked, ['host outside.example']);
    }
  });

test('hosts: a default stands in for a host that does not exist, not for one that is not known', async () => {
  const withDefault: JsonObject = {
    context: [{ name: 'external', variable: { jmesPath: OUTSIDE, default: true } }],
    ...denyUnless('external'),
  };
  const gone = await answer([withDefault], { 'outside.example': 'NO_SUCH_HOST' });
  assert.equal(gone.decision.outcome, 'admitted');
  const unknown = await answer([withDefault], { 'outside.example': 'UNREACHABLE' });
  assert.equal(unknown.decision.outcome, 'unknown');
});

function loop(count: number): JsonObject {
  const names = Array.from({ length: count }, (_, index) => `h${index}.example`);
  return {
    validate: yaml(`
      foreach:
        - list: "split('${names.join(',')}', ',')"
          deny:
            conditions:
              any:
                - key: "{{ is_external_url(join('', ['http://', element])) }}"
                  operator: Equals
                  value: false`),
  };
}

test('hosts: 20 are looked up for a request, and what needs more does not pass', async () => {
  const addresses = Array.from({ length: 30 }, (_, index) => [`h${index}.example`, ['192.0.2.1']]);
  const hosts = Object.fromEntries(addresses) as Record<string, string[]>;
  const enough = await answer([loop(20)], hosts);
  assert.deepEqual([enough.decision.outcome, enough.asked.length], ['admitted', 20]);
  const tooMany = await answer([loop(21)], hosts);
  assert.deepEqual([tooMany.decision.outcome, tooMany.asked.length], ['unknown', 20]);
  assert.match(tooMany.messages[0] ?? '', /more than 20 hosts are looked up for one request$/);
});

test('hosts: names made by chance end, though each turn has another', async () => {
  const name = "join('', ['http://', random('[a-z]{20}'), '.example'])";
  const { decision, messages, asked } = await answer([denyUnless(`is_external_url(${name})`)], {});
  assert.deepEqual([decision.outcome, asked.length], ['unknown', 20]);
  assert.match(messages[0] ?? '', /more than 20 hosts/);
});
