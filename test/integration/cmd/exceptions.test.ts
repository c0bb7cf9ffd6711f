import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { podYaml } from './sample-policies.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

let files: Workspace;

function exception(spec: string): string {
  return `apiVersion: kyverno.io/v2
kind: PolicyException
metadata: { name: pass, namespace: security }
spec:
  match: { any: [{ resources: { kinds: [Pod] } }] }
  exceptions: [{ policyName: verify-image-signature, ruleNames: [check-image-signature] }]
${spec}`;
}

before(async () => {
  files = await makeWorkspace();
  await files.write('pod.yaml', podYaml('web', 'registry.invalid/web:1'));
  await files.write('policies/digest.yaml', DIGEST_PATTERN_POLICY);
});

after(() => files.remove());

async function dryRun(spec: string | undefined, ...more: readonly string[]): Promise<CliResult> {
  const text = spec === undefined ? 'kind: List\napiVersion: v1\nitems: []\n' : exception(spec);
  await files.write('policies/exception.yaml', text);
  return runCli(['dry-run', '-f', files.path('pod.yaml'), '-p', files.path('policies'), ...more]);
}

test('exceptions: dry-run reads them from the policy files and shows the rule as skipped', async () => {
  assert.equal((await dryRun(undefined)).code, 1);
  const { code, stdout } = await dryRun('', '-o', 'json');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /"result": "skip",\n.*\n.*"rule is skipped due to policy exceptions: security\/pass"/,
  );
});

test('exceptions: dry-run shows in its table which one took a rule out', async () => {
  const { code, stdout } = await dryRun('');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /allow {6}verify-image-signature\/check-image-signature \(rule is skipped due to policy exceptions: security\/pass\)$/m,
  );
});

test('exceptions: dry-run warns of one among the objects, unless it is among the policies too', async () => {
  const warning =
    /exception\.yaml:1: PolicyException security\/pass is not applied: give it with -p/;
  await files.write('policies/exception.yaml', exception(''));
  const objects = ['-f', files.path('pod.yaml'), '-f', files.path('policies/exception.yaml')];
  const digest = files.path('policies/digest.yaml');
  const unused = await runCli(['dry-run', ...objects, '-p', digest]);
  assert.equal(unused.code, 1);
  assert.match(unused.stderr, warning);
  const used = await runCli(['dry-run', ...objects, '-p', files.path('policies')]);
  assert.equal(used.code, 0);
  assert.doesNotMatch(used.stderr, warning);
});

test('exceptions: dry-run honours the images of an exception', async () => {
  assert.equal((await dryRun('  images: ["registry.invalid/other*"]')).code, 1);
  assert.equal((await dryRun('  images: ["registry.invalid/web*"]')).code, 0);
});

test('exceptions: one that cannot be used ends dry-run with its place and exit code 2', async () => {
  const { code, stderr } = await dryRun('  image: ["registry.invalid/web*"]');
  assert.equal(code, 2);
  assert.match(stderr, /exception\.yaml:7:3: spec\.image: unknown field, did you mean "images"\?/);
});

test('exceptions: one about Pod Security ends nothing and exempts nothing', async () => {
  const { code, stderr } = await dryRun('  podSecurity: [{ controlName: Capabilities }]');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /spec\.podSecurity: is about Pod Security Standards: nothing is exempted here/,
  );
});

test('exceptions: install says that it leaves them to their authors, and tells the webhook whose count', async () => {
  await files.write('policies/exception.yaml', exception(''));
  const install = ['install', '-f', files.path('policies'), '--image', 'x', '-o', 'yaml'];
  const { code, stdout, stderr } = await runCli([...install, '--exception-namespace', 'security']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /PolicyException security\/pass is not installed: apply it with kubectl/);
  assert.match(stdout, /--exception-namespace=security/);
  assert.doesNotMatch(stdout, /^kind: PolicyException$/m);
});
