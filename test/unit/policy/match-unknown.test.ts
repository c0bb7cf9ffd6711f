import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, type MatchSubject } from '#shared/policy/match.ts';
import type { Filters, ResourceFilter, Selection } from '#shared/policy/model.ts';

const OPEN: ResourceFilter = {
  kinds: [],
  names: [],
  namespaces: [],
  operations: [],
  annotations: {},
  selector: undefined,
};

const POD = { group: '', version: '*', kind: 'Pod', subresource: '' };

const NOBODY = { subjects: [], roles: [], clusterRoles: [] };

/** One filter for each thing that a match can hang on, and for what never holds. */
const FILTERS: readonly ResourceFilter[] = [
  { ...OPEN, kinds: [POD] },
  { ...OPEN, kinds: [{ ...POD, kind: 'Job' }] },
  { ...OPEN, namespaceSelector: { matchLabels: { env: 'prod' }, matchExpressions: [] } },
  { ...OPEN, user: { ...NOBODY, clusterRoles: ['admin'] } },
  {
    ...OPEN,
    namespaceSelector: {
      matchLabels: {},
      matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['prod'] }],
    },
    user: { ...NOBODY, roles: ['a:editor'] },
  },
];

const BLOCKS: readonly Filters[] = (['any', 'all'] as const).flatMap((combine) =>
  FILTERS.flatMap((first) =>
    FILTERS.map((second): Filters => ({ combine, filters: [first, second] })),
  ),
);

const UNKNOWING: MatchSubject = {
  operation: 'CREATE',
  group: '',
  version: 'v1',
  kind: 'Pod',
  subresource: '',
  namespace: 'a',
  name: 'web',
  labels: {},
  annotations: {},
  namespaceLabels: undefined,
  user: { username: 'eve', groups: [], roles: undefined },
};

const KNOWING: readonly MatchSubject[] = [{ env: 'prod' }, {}].flatMap((namespaceLabels) =>
  [
    { roles: ['a:editor'], clusterRoles: ['admin'] },
    { roles: [], clusterRoles: ['admin'] },
    { roles: ['a:editor'], clusterRoles: [] },
    { roles: [], clusterRoles: [] },
  ].map((roles) => ({
    ...UNKNOWING,
    namespaceLabels,
    user: { username: 'eve', groups: [], roles },
  })),
);

test('MNH-18 what a match decides without facts is so whatever the facts are', () => {
  const counts = { decided: 0, unknown: 0 };
  for (const match of BLOCKS) {
    for (const exclude of [undefined, ...BLOCKS]) {
      const selection: Selection = { match, exclude };
      const truth = matches(selection, UNKNOWING);
      if (truth === 'unknown') {
        counts.unknown += 1;
        continue;
      }
      counts.decided += 1;
      for (const subject of KNOWING) {
        if (matches(selection, subject) !== truth)
          assert.fail(`${truth} without facts: ${JSON.stringify({ selection, subject })}`);
      }
    }
  }
  assert.ok(counts.decided > 500 && counts.unknown > 500, JSON.stringify(counts));
});

test('with all facts known a match is always decided', () => {
  for (const match of BLOCKS) {
    for (const exclude of [undefined, ...BLOCKS]) {
      for (const subject of KNOWING)
        assert.notEqual(matches({ match, exclude }, subject), 'unknown');
    }
  }
});
