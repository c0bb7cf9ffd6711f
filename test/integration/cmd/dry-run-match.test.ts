import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeKube, startFakeKube } from '#test/support/kube/fake-kube.ts';
import { POLICY_KINDS } from '#test/support/kube/served-types.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { podYaml } from './sample-policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

let files: Workspace;
let kube: FakeKube;

/** Refuses every Pod that it is for: none of them has an image by digest. */
function policyText(selection: string, spec = ''): string {
  return `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: digests }
spec:
${spec}  rules:
    - name: digest
${selection}
      validate:
        failureAction: Enforce
        message: No digest.
        pattern: { spec: { containers: [{ image: "*@sha256:*" }] } }
`;
}

const BY_LABEL = `      match:
        any:
          - resources: { kinds: [Pod], namespaceSelector: { matchLabels: { env: prod } } }`;

const BY_USER = `      match:
        any:
          - resources: { kinds: [Pod] }
            subjects: [{ kind: Group, name: dev }]
      exclude:
        any:
          - clusterRoles: [cluster-admin]`;

function namespaceYaml(labels: string): string {
  return `---
apiVersion: v1
kind: Namespace
metadata: { name: team, labels: ${labels} }
`;
}

const POD = podYaml('web', 'registry.example/a:1');

before(async () => {
  files = await makeWorkspace();
  kube = await startFakeKube({ types: POLICY_KINDS });
  kube.put({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'live', labels: { env: 'prod' } },
  });
  await files.write('label.yaml', policyText(BY_LABEL));
  await files.write('user.yaml', policyText(BY_USER, '  background: false\n'));
  await files.write('pod.yaml', POD);
  await files.write('prod.yaml', POD + namespaceYaml('{ env: prod }'));
  await files.write('dev.yaml', POD + namespaceYaml('{ env: dev }'));
  await files.write('kubeconfig', kube.kubeconfig({ namespace: 'live' }));
  await files.write('dev-user.yaml', userInfo('userInfo: { username: eve, groups: [dev] }'));
  await files.write('other-user.yaml', userInfo('userInfo: { username: eve, groups: [ops] }'));
  const admin = 'userInfo: { username: a, groups: [dev] }, clusterRoles: [cluster-admin]';
  await files.write('admin.yaml', userInfo(`requestInfo: { ${admin} }`));
});

after(async () => {
  await kube.close();
  await files.remove();
});

function userInfo(text: string): string {
  return `apiVersion: cli.kyverno.io/v1alpha1\nkind: UserInfo\nmetadata: { name: u }\n${text}\n`;
}

function dryRun(objects: string, policy: string, ...more: readonly string[]): Promise<CliResult> {
  const inputs = ['-f', files.path(objects), '-p', files.path(policy), '-n', 'team'];
  return runCli(['dry-run', ...inputs, ...more]);
}

test('dry-run: Namespaces among the files supply the labels', async () => {
  assert.equal((await dryRun('prod.yaml', 'label.yaml')).code, 1);
  assert.equal((await dryRun('dev.yaml', 'label.yaml')).code, 0);
});

test('dry-run: of two Namespaces of one name among the files the last supplies the labels, with a warning', async () => {
  const [prod, dev] = [namespaceYaml('{ env: prod }'), namespaceYaml('{ env: dev }')];
  await files.write('twice.yaml', POD + prod + dev);
  const { code, stderr } = await dryRun('twice.yaml', 'label.yaml');
  assert.equal(code, 0);
  assert.match(
    stderr,
    /twice\.yaml:\d+: Namespace team is not used: .*twice\.yaml:\d+ has it again/,
  );
  await files.write('twice.yaml', POD + dev + prod);
  assert.equal((await dryRun('twice.yaml', 'label.yaml')).code, 1);
});

test('MNH-18 dry-run: a namespace whose labels nobody knows is not decided', async () => {
  const { code, stdout } = await dryRun('pod.yaml', 'label.yaml');
  assert.equal(code, 3);
  assert.match(
    stdout,
    /the labels of its namespace are not known: no Namespace "team" is among the given files, and no cluster\s+is asked/,
  );
});

test('dry-run: the cluster supplies labels where it is used', async () => {
  kube.put({ ...(podOf('live') as object), metadata: { name: 'web', namespace: 'live' } });
  const args = ['pods', '-p', files.path('label.yaml'), '--kubeconfig', files.path('kubeconfig')];
  const { code, stdout } = await runCli(['dry-run', ...args]);
  assert.equal(code, 1, stdout);
});

function podOf(namespace: string): unknown {
  const containers = [{ name: 'a', image: 'registry.example/a:1' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace }, spec: { containers } };
}

test('dry-run: without a user a match is for everybody and an exclusion for nobody, and it says so', async () => {
  const { code, stderr } = await dryRun('pod.yaml', 'user.yaml');
  assert.equal(code, 1);
  assert.match(stderr, /policy "digests" asks who makes the request: .*--userinfo FILE/);
});

for (const [file, expected] of [
  ['dev-user.yaml', 1],
  ['other-user.yaml', 0],
  ['admin.yaml', 0],
] as const) {
  test(`dry-run --userinfo ${file} decides who asks`, async () => {
    const { code, stderr } = await dryRun('pod.yaml', 'user.yaml', '--userinfo', files.path(file));
    assert.equal(code, expected, stderr);
    assert.doesNotMatch(stderr, /asks who makes the request/);
  });
}

test('dry-run --userinfo names what is wrong with the file, and where', async () => {
  await files.write('bad-user.yaml', userInfo('userInfo: { usernam: eve }\nroles: a'));
  const path = files.path('bad-user.yaml');
  const { code, stderr } = await dryRun('pod.yaml', 'user.yaml', '--userinfo', path);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /bad-user\.yaml:4:13: userInfo\.usernam: unknown field, did you mean "username"\?/,
  );
  assert.match(
    stderr,
    /bad-user\.yaml:5:1: roles: found the string "a", expected a list of strings/,
  );
});

for (const [operation, expected] of [
  ['CREATE', 0],
  ['UPDATE', 1],
  ['DELETE', 0],
  ['CONNECT', 0],
] as const) {
  test(`dry-run --operation ${operation} is what policies for updates see`, async () => {
    const selection =
      '      match: { any: [{ resources: { kinds: [Pod], operations: [UPDATE] } }] }';
    await files.write('update.yaml', policyText(selection));
    const { code, stderr } = await dryRun('pod.yaml', 'update.yaml', '--operation', operation);
    assert.equal(code, expected, stderr);
  });
}

test('dry-run honours the match conditions of a policy', async () => {
  const conditions = `  webhookConfiguration:
    matchConditions:
      - { name: not-web, expression: "object.metadata.name != 'web'" }
`;
  const selection = '      match: { any: [{ resources: { kinds: [Pod] } }] }';
  await files.write('condition.yaml', policyText(selection, conditions));
  assert.equal((await dryRun('pod.yaml', 'condition.yaml')).code, 0);
});
