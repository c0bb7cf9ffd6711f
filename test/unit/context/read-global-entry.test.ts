import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#shared/base/json-value.ts';
import { GlobalEntryError, readGlobalEntry } from '#shared/context/read-global-entry.ts';
import type { KubeObject } from '#shared/kube/kube.ts';

function entry(spec: JsonObject): KubeObject {
  return {
    apiVersion: 'kyverno.io/v2',
    kind: 'GlobalContextEntry',
    metadata: { name: 'shared' },
    spec,
  };
}

test('readGlobalEntry: objects of a type, in one namespace or in all', () => {
  const type = { group: 'apps', version: 'v1', resource: 'deployments' };
  const all = readGlobalEntry(entry({ kubernetesResource: type }));
  assert.deepEqual(all.data, { kind: 'resources', type, namespace: undefined });
  const one = readGlobalEntry(entry({ kubernetesResource: { ...type, namespace: 'team' } }));
  assert.deepEqual(one.data, { kind: 'resources', type, namespace: 'team' });
});

for (const [refreshInterval, expected] of [
  [undefined, 600_000],
  ['1h30m', 5_400_000],
  ['10ms', 1_000],
] as const) {
  test(`readGlobalEntry: refreshInterval ${refreshInterval ?? 'not given'} is ${expected} ms`, () => {
    const apiCall = { urlPath: '/api/v1/namespaces', ...(refreshInterval && { refreshInterval }) };
    const { data } = readGlobalEntry(entry({ apiCall: { ...apiCall, retryLimit: 3 } }));
    assert.ok(data.kind === 'call');
    assert.equal(data.refreshInterval, expected);
    assert.deepEqual(data.call.target, { kind: 'api-server', urlPath: '/api/v1/namespaces' });
  });
}

test('readGlobalEntry: projections are expressions by name', () => {
  const spec = {
    kubernetesResource: { version: 'v1', resource: 'pods' },
    projections: [{ name: 'names', jmesPath: '[].metadata.name' }],
  };
  assert.equal(readGlobalEntry(entry(spec)).projections.get('names')?.text, '[].metadata.name');
});

const CALL = { urlPath: '/version' };
const FAULTS: readonly (readonly [string, JsonObject, RegExp])[] = [
  ['nothing to keep', {}, /spec: found none or both, expected either/],
  [
    'two things to keep',
    { apiCall: CALL, kubernetesResource: { version: 'v1', resource: 'pods' } },
    /spec: found none or both/,
  ],
  [
    'no resource',
    { kubernetesResource: { version: 'v1' } },
    /kubernetesResource\.resource: missing/,
  ],
  ['no address', { apiCall: {} }, /spec\.apiCall: found none, expected "urlPath" or "service"/],
  [
    'an interval that is none',
    { apiCall: { ...CALL, refreshInterval: '5 minutes' } },
    /refreshInterval: found "5 minutes", expected a duration like "10m"/,
  ],
  [
    'a projection that cannot be parsed',
    { apiCall: CALL, projections: [{ name: 'a', jmesPath: '[' }] },
    /projections\[0\]\.jmesPath/,
  ],
  ['a projection without a name', { apiCall: CALL, projections: [{ jmesPath: 'a' }] }, /\.name: /],
];

for (const [what, spec, message] of FAULTS) {
  test(`readGlobalEntry: refuses ${what}, with the place`, () => {
    assert.throws(
      () => readGlobalEntry(entry(spec)),
      (error) => {
        assert.ok(error instanceof GlobalEntryError);
        assert.equal(error.code, 'FAULTY');
        assert.match(error.message, /^GlobalContextEntry "shared" cannot be used: /);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
