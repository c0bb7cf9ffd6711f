import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { extractingPolicy } from '#test/support/admission/policies.ts';
import { startRegistry, type TestRegistry } from '#test/support/registry/test-registry.ts';
import { generateSignerKey } from '#test/support/signer/key-pair.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

let files: Workspace;
let registry: TestRegistry;

const key = generateSignerKey();

function policyText(images: string, extractors: string | undefined): string {
  const entry = ['imageRegistryCredentials: { secrets: [registry] }'];
  return extractingPolicy({ images, keys: [key.publicKeyPem], extractors, entry, name: 'tasks' });
}

function taskText(image: string): string {
  return `apiVersion: tekton.dev/v1
kind: Task
metadata: { name: build }
spec: { steps: [{ name: compile, image: "${image}" }] }
`;
}

before(async () => {
  files = await makeWorkspace();
  registry = await startRegistry();
  const signed = putSignedImage(registry, 'acme/signed:v1', { key });
  const unsigned = putSignedImage(registry, 'acme/unsigned:v1', { key, format: 'none' });
  const images = `${registry.host}/*`;
  const extractors = 'Task: [{ path: /spec/steps/*/image, key: name }]';
  await files.write('policy.yaml', policyText(images, extractors));
  await files.write('blind.yaml', policyText(images, undefined));
  await files.write('signed.yaml', taskText(signed.reference));
  await files.write('unsigned.yaml', taskText(unsigned.reference));
});

after(async () => {
  await registry.close();
  await files.remove();
});

function dryRun(object: string, policy = 'policy.yaml'): Promise<CliResult> {
  return runCli(['dry-run', '-f', files.path(object), '-p', files.path(policy)]);
}

test('dry-run: objects of other kinds are judged at the places that a policy names', async () => {
  const { code, stdout, stderr } = await dryRun('signed.yaml');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /task\.tekton\.dev\/build +compile +\S+\/acme\/signed:v1 +sha256:\w+ +pin/);
});

test('dry-run: an unsigned image of such an object would be denied', async () => {
  const { code, stdout } = await dryRun('unsigned.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /task\.tekton\.dev\/build would be denied/);
  assert.match(stdout, /in container: compile/);
});

test('dry-run: a policy that does not say where the images are is warned of', async () => {
  const { code, stdout, stderr } = await dryRun('unsigned.yaml', 'blind.yaml');
  assert.equal(code, 0, stdout);
  assert.match(stderr, /no images of kind "Task" are known/);
});
