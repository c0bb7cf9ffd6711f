import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionRequest, UserInfo } from '#shared/admission/admission-request.ts';
import { applicableRules } from '#shared/admission/applicable-rules.ts';
import { decideWithFacts } from '#shared/admission/decide-with-facts.ts';
import type { RequestFacts } from '#shared/admission/request-facts.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { Policy } from '#shared/policy/model.ts';
import { pod, requestFor } from '../../support/admission/objects.ts';
import { policyDocument, readUsable, rule } from '../policy/sample-policy.ts';

const EVE: UserInfo = { username: 'eve', uid: '', groups: ['dev'], extra: {} };

const PODS = { kinds: ['Pod'] };

const IN_PRODUCTION = { namespaceSelector: { matchLabels: { env: 'prod' } } };

function policy(changes: JsonObject, spec: JsonObject = {}): Policy {
  return readUsable(policyDocument([rule(changes)], spec));
}

/** Facts that can be counted; an Error is thrown instead of told. */
function factsOf(
  labels: Record<string, string> | Error,
  roles: readonly string[] | Error = [],
): RequestFacts & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    async namespaceLabels() {
      asked.push('namespaceLabels');
      if (labels instanceof Error) throw labels;
      return Promise.resolve(labels);
    },
    async roles() {
      asked.push('roles');
      if (roles instanceof Error) throw roles;
      return Promise.resolve({ roles: [], clusterRoles: roles });
    },
  };
}

async function decide(
  policies: readonly Policy[],
  more: Partial<AdmissionRequest>,
): Promise<readonly (readonly [string, string])[]> {
  const request = requestFor(pod(['a']), { userInfo: EVE, ...more });
  const first = applicableRules(request, policies);
  const { rules, undecided } = await decideWithFacts(request, { policies, first });
  return [
    ...rules.map(({ mode }) => ['applies', mode] as const),
    ...undecided.map(({ mode, problem }) => [problem.message, mode] as const),
  ];
}

const byLabel = policy({ match: { any: [{ resources: { ...PODS, ...IN_PRODUCTION } }] } });
const byRole = policy({ exclude: { any: [{ clusterRoles: ['admin'] }] } });
const byLabelMode = policy(
  {},
  {
    validationFailureAction: 'Audit',
    validationFailureActionOverrides: [{ action: 'Enforce', ...IN_PRODUCTION }],
  },
);

test('facts: nothing is asked where no rule hangs on it', async () => {
  const facts = factsOf({});
  const plain = policy({
    match: { any: [{ resources: PODS, subjects: [{ kind: 'User', name: 'e*' }] }] },
  });
  assert.deepEqual(await decide([plain], { facts }), [['applies', 'enforce']]);
  const elsewhere = policy({
    match: { any: [{ resources: { ...PODS, ...IN_PRODUCTION, namespaces: ['other'] } }] },
  });
  assert.deepEqual(await decide([elsewhere], { facts }), []);
  assert.deepEqual(facts.asked, []);
});

test('facts: each is asked once, however many rules hang on it', async () => {
  const facts = factsOf({ env: 'prod' }, ['view']);
  assert.deepEqual(await decide([byLabel, byRole, byLabelMode], { facts }), [
    ['applies', 'enforce'],
    ['applies', 'enforce'],
    ['applies', 'enforce'],
  ]);
  assert.deepEqual(facts.asked, ['namespaceLabels', 'roles']);
});

test('facts: they decide', async () => {
  const facts = factsOf({ env: 'dev' }, ['admin']);
  assert.deepEqual(await decide([byLabel, byRole, byLabelMode], { facts }), [['applies', 'audit']]);
});

test('facts: a request of cluster scope has no namespace to ask for', async () => {
  const facts = factsOf({ env: 'prod' });
  assert.deepEqual(await decide([byLabel], { facts, namespace: '' }), []);
  assert.deepEqual(facts.asked, []);
});

const UNKNOWN = 'could not find out whether the rule is for this request: ';

test('MNH-18 facts that cannot be learned leave the rule undecided, in the stricter mode', async () => {
  const facts = factsOf(new Error('the API server is away'), new Error('forbidden'));
  const labels = `${UNKNOWN}the labels of its namespace are not known: the API server is away`;
  assert.deepEqual(await decide([byLabel], { facts }), [[labels, 'enforce']]);
  assert.deepEqual(await decide([byLabelMode], { facts }), [[labels, 'enforce']]);
  assert.deepEqual(await decide([byRole], { facts }), [
    [`${UNKNOWN}the roles of the user who asks are not known: forbidden`, 'enforce'],
  ]);
});

test('MNH-18 where there is nobody to ask, the rule is undecided, and trying again is no help', async () => {
  const request = requestFor(pod(['a']), { userInfo: EVE });
  const first = applicableRules(request, [byLabel]);
  const { undecided } = await decideWithFacts(request, { policies: [byLabel], first });
  assert.deepEqual(
    undecided.map(({ problem }) => [
      problem.kind === 'error' && problem.transient,
      problem.message,
    ]),
    [[false, `${UNKNOWN}the labels of its namespace are not known`]],
  );
});

test('an update is for a rule that selects the new or the old object', () => {
  const selector = { matchLabels: { tier: 'web' } };
  const selecting = policy({ match: { any: [{ resources: { ...PODS, selector } }] } });
  const excluding = policy({ exclude: { any: [{ resources: { selector } }] } });
  const plain = pod(['a']);
  const labelled = { ...plain, metadata: { name: 'web', labels: { tier: 'web' } } };
  const applies = (one: Policy, object: JsonObject, oldObject: JsonObject): boolean =>
    applicableRules(requestFor(object, { operation: 'UPDATE', oldObject }), [one]).rules.length > 0;
  assert.equal(applies(selecting, plain, labelled), true);
  assert.equal(applies(selecting, labelled, plain), true);
  assert.equal(applies(selecting, plain, plain), false);
  assert.equal(applies(excluding, labelled, plain), true);
  assert.equal(applies(excluding, labelled, labelled), false);
});

function conditional(expressions: readonly string[], failurePolicy = 'Fail'): Policy {
  const matchConditions = expressions.map((expression, index) => ({
    name: `c${index}`,
    expression,
  }));
  return policy({}, { webhookConfiguration: { failurePolicy, matchConditions } });
}

const BROKEN = 'object.spec.missing == 1';

const BROKEN_TEXT = `${UNKNOWN}match condition "c0": Cannot evaluate CEL expression "${BROKEN}": No such key: missing`;

/** Kubernetes' rules for the match conditions of webhooks. */
const CONDITIONS: readonly (readonly [string, Policy, readonly (readonly [string, string])[]])[] = [
  [
    'all hold',
    conditional(["object.kind == 'Pod'", 'oldObject == null']),
    [['applies', 'enforce']],
  ],
  ['one does not hold', conditional(["object.kind == 'Pod'", 'false']), []],
  ['by the user', conditional(["!('dev' in request.userInfo.groups)"]), []],
  ['by the operation', conditional(["request.operation == 'UPDATE'"]), []],
  [
    'by the resource',
    conditional(["request.resource.resource == 'pods'"]),
    [['applies', 'enforce']],
  ],
  ['one is broken', conditional([BROKEN]), [[BROKEN_TEXT, 'enforce']]],
  ['one is broken and another does not hold', conditional([BROKEN, 'false']), []],
  ['one is broken, which is to be ignored', conditional([BROKEN], 'Ignore'), []],
];

for (const [name, one, expected] of CONDITIONS) {
  test(`MNH-28 match conditions of the webhook narrow the policy: ${name}`, async () => {
    assert.deepEqual(await decide([one], {}), expected);
  });
}

test('match conditions see the request as the API server sent it, without its objects', async () => {
  const review = { operation: 'CREATE', options: { fieldManager: 'kubectl' }, object: { a: 1 } };
  const manager = conditional([
    "request.options.fieldManager == 'kubectl' && !('object' in dyn(request))",
  ]);
  assert.deepEqual(await decide([manager], { review }), [['applies', 'enforce']]);
});
