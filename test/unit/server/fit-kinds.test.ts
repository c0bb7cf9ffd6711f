import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedKinds } from '#server/registration/accepted-kinds.ts';
import { fitKinds } from '#server/registration/fit-kinds.ts';
import { kindsWebhook } from '#server/registration/kinds-webhook.ts';
import { type CustomKind, MAX_KINDS_OF_NAMESPACE } from '#shared/policy/custom-kinds.ts';

function kind(name: string, changes: Partial<CustomKind> = {}): CustomKind {
  return {
    group: '*',
    version: '*',
    kind: name,
    subresource: '',
    namespace: undefined,
    ...changes,
  };
}

function several(count: number, make: (index: number) => CustomKind): readonly CustomKind[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const CLUSTER_WIDE = [kind('Task'), kind('Run', { group: 'tekton.dev', version: 'v1' })];

/** The longest condition and the most rules that API servers are given. */
function sizes(kinds: readonly CustomKind[]): { readonly condition: number; rules: number } {
  const { rules, matchConditions } = kindsWebhook(kinds) as {
    readonly rules: readonly unknown[];
    readonly matchConditions: readonly { readonly expression: string }[];
  };
  return { condition: matchConditions[0]?.expression.length ?? 0, rules: rules.length };
}

function count(kinds: readonly CustomKind[], namespace: string | undefined): number {
  return kinds.filter((one) => one.namespace === namespace).length;
}

test('fitKinds(): usual policies are registered whole', () => {
  const kinds = [...CLUSTER_WIDE, kind('Lease', { namespace: 'team' })];
  const fitted = fitKinds(kinds);
  assert.deepEqual(new Set(fitted.kinds), new Set(kinds));
  assert.deepEqual(fitted.leftOut, []);
});

test('MNH-20 fitKinds(): masses of kinds of a namespace are cut, and told', () => {
  const masses = several(5_000, (index) => kind(`Kind${index}`, { namespace: 'team' }));
  const { kinds, leftOut } = fitKinds([...masses, ...CLUSTER_WIDE]);
  assert.equal(count(kinds, undefined), CLUSTER_WIDE.length);
  assert.equal(count(kinds, 'team'), MAX_KINDS_OF_NAMESPACE);
  assert.deepEqual(
    leftOut.map(({ namespace, reason, kinds: left }) => [namespace, reason, left.length]),
    [
      [
        'team',
        'all policies of a namespace together may name 50 kinds',
        masses.length - MAX_KINDS_OF_NAMESPACE,
      ],
    ],
  );
});

test('MNH-20 fitKinds(): masses of namespaces leave room for the cluster, and for those that ask for little', () => {
  const greedy = several(400 * 50, (index) =>
    kind(`Kind${index}${'x'.repeat(200)}`, { namespace: `greedy${index % 400}` }),
  );
  const modest = several(100, (index) => kind('Task', { namespace: `team${index}` }));
  const { kinds, leftOut } = fitKinds([...greedy, ...modest, ...CLUSTER_WIDE]);
  assert.equal(count(kinds, undefined), CLUSTER_WIDE.length);
  for (const { namespace } of modest) assert.equal(count(kinds, namespace), 1, namespace);
  const { condition } = sizes(kinds);
  assert.ok(condition <= 100_000 && condition > 99_000, String(condition));
  assert.ok(leftOut.every(({ namespace }) => namespace?.startsWith('greedy') === true));
  assert.deepEqual(new Set(leftOut.map(({ reason }) => reason)).size, 1);
  assert.equal(leftOut[0]?.reason, 'API servers take no more in one webhook');
});

test('MNH-20 fitKinds(): masses of groups leave room for the rules of the cluster', () => {
  const groups = several(60 * 50, (index) =>
    kind('A', { namespace: `greedy${index % 60}`, group: `g${index}` }),
  );
  const { kinds } = fitKinds([...groups, ...CLUSTER_WIDE]);
  assert.equal(count(kinds, undefined), CLUSTER_WIDE.length);
  assert.equal(sizes(kinds).rules, 1000);
});

test('fitKinds(): the most that is registered stays below what etcd takes', () => {
  const places = several(1_100, (index) => {
    const longest = String(index).padEnd(253, 'x');
    return kind('A', { group: longest, version: longest, subresource: longest });
  });
  // One character of three bytes for every one that a condition may have.
  const { kinds } = fitKinds([
    ...places,
    ...several(1_100, (index) => kind(`${index}${'€'.repeat(80)}`)),
  ]);
  const { condition, rules } = sizes(kinds);
  assert.equal(rules, 1000);
  assert.ok(condition > 90_000, String(condition));
  const bytes = Buffer.byteLength(JSON.stringify(kindsWebhook(kinds)));
  assert.ok(bytes < 1.4 * 1024 * 1024, String(bytes));
});

test('fitKinds(): of more kinds than fit those of the cluster are registered as far as they fit, and told', () => {
  const masses = several(20_000, (index) => kind(`Kind${index}`));
  const { kinds, leftOut } = fitKinds([...masses, kind('Lease', { namespace: 'team' })]);
  assert.ok(sizes(kinds).condition <= 100_000);
  assert.ok(kinds.length > 5_000, String(kinds.length));
  assert.deepEqual(
    leftOut.map(({ namespace }) => namespace),
    [undefined, 'team'],
  );
  assert.equal(kinds.length + leftOut.flatMap((left) => left.kinds).length, masses.length + 1);
});

const LONG = 'x'.repeat(254);

for (const changes of [
  { kind: LONG },
  { group: LONG },
  { version: LONG },
  { subresource: LONG },
  { kind: LONG, namespace: 'team' },
])
  test(`fitKinds(): a name that no API has takes no room: ${Object.keys(changes).join(', ')}`, () => {
    const { kinds, leftOut } = fitKinds([kind('Task', changes), ...CLUSTER_WIDE]);
    assert.deepEqual(new Set(kinds), new Set(CLUSTER_WIDE));
    assert.match(leftOut[0]?.reason ?? '', /no API has names of more than 253 characters/);
  });

test('fitKinds(): does not depend on the order of policies', () => {
  const kinds = [
    ...several(200, (index) => kind(`Kind${index}`, { namespace: `team${index % 3}` })),
    ...several(12_000, (index) => kind(`Long${index}`)),
  ];
  assert.deepEqual(fitKinds(kinds.toReversed()), fitKinds(kinds));
});

const NAMESPACED = several(40, (index) => kind('Task', { namespace: `team${index}` }));

/** Which namespaces are accepted, and after how many questions. */
async function asked(
  accepts: (kinds: readonly CustomKind[]) => boolean,
): Promise<{ readonly kinds: readonly CustomKind[]; readonly questions: number }> {
  let questions = 0;
  const kinds = await acceptedKinds([...CLUSTER_WIDE, ...NAMESPACED], async (some) => {
    questions += 1;
    return Promise.resolve(accepts(some));
  });
  return { kinds, questions };
}

test('MNH-20 acceptedKinds(): the namespace that is refused is left out, and no other', async () => {
  const { kinds, questions } = await asked((some) => count(some, 'team17') === 0);
  assert.deepEqual(
    kinds,
    [...CLUSTER_WIDE, ...NAMESPACED].filter(({ namespace }) => namespace !== 'team17'),
  );
  assert.ok(questions < 15, String(questions));
});

test('acceptedKinds(): of too many namespaces the first are kept', async () => {
  const { kinds, questions } = await asked((some) => some.length <= 12);
  assert.deepEqual(kinds, [...CLUSTER_WIDE, ...NAMESPACED].slice(0, 12));
  assert.ok(questions <= 65, String(questions));
});

test('acceptedKinds(): asks no more than it may', async () => {
  const { kinds, questions } = await asked((some) => some.length === CLUSTER_WIDE.length);
  assert.deepEqual(kinds, CLUSTER_WIDE);
  assert.equal(questions, 65);
});

test('acceptedKinds(): where the cluster itself is refused, nobody else is asked about', async () => {
  const { kinds, questions } = await asked(() => false);
  assert.deepEqual(kinds, CLUSTER_WIDE);
  assert.equal(questions, 1);
});
