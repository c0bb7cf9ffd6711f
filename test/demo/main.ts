import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Operation } from 'fast-json-patch';
import { dump } from 'js-yaml';
import { type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { applyPatch } from '#shared/workload/image-patch.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { startWebhookProcess } from '#test/support/webhook/webhook-process.ts';
import { type Scene, setScene } from './scene.ts';

// The main job, end to end, in real processes: what is printed was answered by them, and every expectation
// is checked, so that a demo that ends well has shown what it says.

const PLUGIN = fileURLToPath(new URL('../../cmd/main.ts', import.meta.url));

function title(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(3, 96 - text.length))}\n`);
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '   ');
}

function showImages({ registry, images }: Scene): void {
  title(`An OCI registry at ${registry.host} holds three images`);
  const rows: readonly (readonly [keyof Scene['images'], string])[] = [
    ['web', 'signed with a key, cosign’s tag format'],
    ['cart', 'signed with the same key, Sigstore bundle as referrer (cosign 3)'],
    ['rogue', 'not signed'],
  ];
  for (const [name, what] of rows) {
    const { repository, digest } = images[name];
    console.log(`   ${repository.padEnd(11)} ${digest.slice(0, 19)}…  ${what}`);
  }
}

async function showWebhook(scene: Scene): Promise<void> {
  const webhook = await startWebhookProcess({
    policies: join(scene.folder, 'policies'),
    certificates: join(scene.folder, 'tls'),
  });
  try {
    title(`sign-policy-webhook at ${webhook.url}: a Pod with tags goes in`);
    console.log(indent(dump(scene.pods.good)));
    title('… and comes out with verified digests');
    const admitted = await webhook.review('/mutate', reviewRequest(scene.pods.good));
    assert.equal(admitted['allowed'], true);
    const pinned = patched(scene.pods.good, admitted);
    console.log(indent(dump(pinned)));
    assert.match(
      JSON.stringify(pinned),
      new RegExp(`${scene.images.web.pinned}.*${scene.images.cart.pinned}`),
    );
    assert.equal((await webhook.review('/validate', reviewRequest(pinned)))['allowed'], true);
    console.log('   The validating webhook admits the result.');

    title('A Pod with an unsigned image is refused, and told why');
    const denied = await webhook.review('/mutate', reviewRequest(scene.pods.bad));
    assert.equal(denied['allowed'], false);
    const { message } = denied['status'] as { readonly message: string };
    assert.match(message, /no signatures found[^]*Image must be signed/);
    console.log(indent(message));
  } finally {
    await webhook.stop();
  }
}

function patched(object: JsonObject, response: JsonObject): JsonObject {
  const patch = JSON.parse(
    Buffer.from(stringAt(response, 'patch') ?? '', 'base64').toString(),
  ) as Operation[];
  return applyPatch(object, patch);
}

async function showDryRun(scene: Scene): Promise<void> {
  title('kubectl sign-policy dry-run -f manifests/ -p policies/');
  const args = [PLUGIN, 'dry-run', '-f', 'manifests', '-p', 'policies'];
  const plugin = spawn(process.execPath, args, {
    cwd: scene.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(plugin, 'close') as Promise<[number]>;
  const [stdout, [code]] = await Promise.all([text(plugin.stdout), closed]);
  console.log(indent(stdout));
  console.log(`\n   exit code ${code}: something would be denied`);
  assert.equal(code, 1);
  assert.match(stdout, /pod\/shop +web .* pin /);
  assert.match(stdout, /pod\/rogue +rogue .* deny /);
}

const scene = await setScene();
try {
  showImages(scene);
  await showWebhook(scene);
  await showDryRun(scene);
} finally {
  await scene.registry.close();
  await rm(scene.folder, { recursive: true });
}
