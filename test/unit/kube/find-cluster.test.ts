import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type FindClusterOptions, findCluster } from '#shared/kube/find-cluster.ts';
import type { ClusterAccess } from '#shared/kube/cluster-access.ts';

let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'sign-policy-kubeconfig-'));
  await put('one', config('one', { current: 'one', server: 'https://one' }));
  await put('two', config('two', { current: 'two', server: 'https://two' }));
  await put('empty', '');
  await put('clash', config('one', { server: 'https://not-this-one' }));
  await put('malformed', 'clusters: [');
  await put('wrong', 'clusters: {}');
  await put('list', '- a');
  await put('nameless', 'clusters:\n- cluster: {}\n');
  await put('no-current', config('one', { server: 'https://one' }));
  await put(
    'dangling',
    config('one', { current: 'one', server: 'https://one', cluster: 'elsewhere' }),
  );
});

after(() => rm(home, { recursive: true }));

async function put(name: string, text: string): Promise<void> {
  await writeFile(join(home, name), text);
}

interface ConfigOptions {
  readonly current?: string;
  readonly server: string;
  readonly cluster?: string;
}

function config(name: string, { current, server, cluster = name }: ConfigOptions): string {
  return `
${current === undefined ? '' : `current-context: ${current}`}
clusters:
- name: ${name}
  cluster: { server: "${server}", certificate-authority: ca.crt }
users:
- name: ${name}
  user: { tokenFile: sub/token, exec: { command: ./plugin } }
contexts:
- name: ${name}
  context: { cluster: ${cluster}, user: ${name}, namespace: ns-${name} }
`;
}

function find(options: FindClusterOptions = {}): Promise<ClusterAccess> {
  return findCluster({ env: { HOME: join(home, 'nobody') }, ...options });
}

function listed(...names: readonly string[]): FindClusterOptions {
  return {
    env: { KUBECONFIG: names.map((name) => (name === '' ? '' : join(home, name))).join(delimiter) },
  };
}

test('findCluster: the flag names one file, whose paths are relative to it', async () => {
  const access = await find({ kubeconfig: join(home, 'one') });
  assert.deepEqual(access.cluster, {
    server: 'https://one',
    'certificate-authority': join(home, 'ca.crt'),
  });
  assert.deepEqual(access.user, {
    tokenFile: join(home, 'sub/token'),
    exec: { command: join(home, 'plugin') },
  });
  assert.equal(access.namespace, 'ns-one');
  assert.equal(access.origin, 'context "one"');
});

const LISTS: readonly (readonly [string, readonly string[], string])[] = [
  ['the first current context counts', ['one', 'two'], 'https://one'],
  ['missing files are skipped', ['missing', 'two'], 'https://two'],
  ['empty files are skipped', ['empty', 'two'], 'https://two'],
  ['empty entries are skipped', ['', 'two', ''], 'https://two'],
  ['of two entries with one name the first counts', ['one', 'clash'], 'https://one'],
  [
    'a file without current context leaves the choice to the next',
    ['no-current', 'two'],
    'https://two',
  ],
];

for (const [title, names, server] of LISTS) {
  test(`findCluster: KUBECONFIG, ${title}`, async () => {
    assert.equal((await find(listed(...names))).cluster['server'], server);
  });
}

test('findCluster: context, cluster, user and namespace can be chosen', async () => {
  const list = listed('one', 'two');
  assert.equal((await find({ ...list, context: 'two' })).cluster['server'], 'https://two');
  assert.equal((await find({ ...list, cluster: 'two' })).cluster['server'], 'https://two');
  assert.equal((await find({ ...list, namespace: 'mine' })).namespace, 'mine');
  const user = (await find({ ...list, user: 'two' })).user;
  assert.equal(user['tokenFile'], join(home, 'sub/token'));
});

test('findCluster: without flag and list it is ~/.kube/config', async () => {
  await mkdir(join(home, '.kube'), { recursive: true });
  await put(join('.kube', 'config'), config('two', { current: 'two', server: 'https://two' }));
  assert.equal((await find({ env: { HOME: home } })).cluster['server'], 'https://two');
});

const FAULTS: readonly (readonly [string, FindClusterOptions | string, string, RegExp])[] = [
  [
    'no kubeconfig at all',
    {},
    'NO_CONFIG',
    /^Cannot find a cluster: there is no kubeconfig file \(looked for ".*config"\) and this process does not run in a cluster/,
  ],
  ['only missing files', 'missing', 'NO_CONFIG', /looked for ".*missing"/],
  ['malformed YAML', 'malformed', 'BAD_CONFIG', /^Cannot read kubeconfig file ".*malformed": /],
  ['a wrong type', 'wrong', 'BAD_CONFIG', /wrong": "clusters" must be a list$/],
  ['no object', 'list', 'BAD_CONFIG', /it must hold one object/],
  [
    'an entry without name',
    'nameless',
    'BAD_CONFIG',
    /each entry of "clusters" must be an object with "name" and "cluster"$/,
  ],
  [
    'no current context',
    'no-current',
    'BAD_CONFIG',
    /^Cannot choose a cluster: the kubeconfig has no current context, it has "one"$/,
  ],
  ['an empty file alone', 'empty', 'BAD_CONFIG', /has no current context, it has none at all$/],
  [
    'a context whose cluster is missing',
    'dangling',
    'BAD_CONFIG',
    /^Cannot use cluster "elsewhere": the kubeconfig has no such cluster, it has "one"$/,
  ],
  [
    'an unknown context',
    { context: 'nope' },
    'BAD_CONFIG',
    /^Cannot use context "nope": the kubeconfig has no such context/,
  ],
  [
    'a file that the flag names and that is not there',
    { kubeconfig: '/no/such' },
    'NO_CONFIG',
    /^Cannot read kubeconfig file "\/no\/such": there is no such file$/,
  ],
];

for (const [title, options, code, message] of FAULTS) {
  test(`findCluster: ${title} is one clear message, and never localhost:8080`, async () => {
    const chosen = typeof options === 'string' ? listed(options) : options;
    const withFile = 'context' in chosen ? { ...listed('one'), ...chosen } : chosen;
    await assert.rejects(find(withFile), { code, message });
  });
}

test('findCluster: in a Pod it is the cluster around it, with the mounted token', async () => {
  const directory = join(home, 'mounted');
  await mkdir(directory);
  await writeFile(join(directory, 'token'), 't');
  await writeFile(join(directory, 'namespace'), 'own\n');
  const env = {
    HOME: '/nobody',
    KUBERNETES_SERVICE_HOST: 'fd00::1',
    KUBERNETES_SERVICE_PORT: '6443',
  };
  for (const options of [{}, { inCluster: true }]) {
    const access = await find({ env, serviceAccountDirectory: directory, ...options });
    assert.equal(access.cluster['server'], 'https://[fd00::1]:6443');
    assert.equal(access.user['tokenFile'], join(directory, 'token'));
    assert.equal(access.namespace, 'own');
  }
});

test('findCluster: in-cluster was asked for, but this is no Pod', async () => {
  await assert.rejects(find({ inCluster: true, ...listed('one') }), {
    code: 'NO_CONFIG',
    message: /^Cannot find the cluster this process runs in: /,
  });
});
