import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pod } from '#test/support/admission/objects.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { putSignedImage } from '#test/support/signer/signed-image.ts';
import type { BenchWorld } from './bench-webhook.ts';

const IMAGES = 10_000;
const IMAGES_A_POD = 20;

function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** Resident memory of the webhook after many distinct images. */
export async function benchMemory(world: BenchWorld): Promise<string> {
  const before = residentMegabytes(world.webhook.pid);
  for (let done = 0; done < IMAGES; done += IMAGES_A_POD) {
    const references = Array.from(
      { length: IMAGES_A_POD },
      (_, index) =>
        putSignedImage(world.registry, `many/image-${done + index}:v1`, world).reference,
    );
    const answer = await world.webhook.review('/mutate', reviewRequest(pod(references)));
    assert.equal(answer['allowed'], true);
  }
  world.registry.reset();
  const after = residentMegabytes(world.webhook.pid);
  return `Resident memory: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after ${IMAGES} distinct images`;
}
