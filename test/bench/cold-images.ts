import assert from 'node:assert/strict';
import { pod } from '#test/support/admission/objects.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { signSimple } from '#test/support/signer/sign-simple.ts';
import { putSignedImage, type TestImage } from '#test/support/signer/signed-image.ts';
import type { BenchWorld } from './bench-webhook.ts';
import { markdownTable, median, timed } from './statistics.ts';

const ROUNDS = 15;
const SLOW_MS = 20;

type Maker = (world: BenchWorld, name: string) => TestImage;

interface Cost {
  readonly requests: number;
  readonly ms: number;
}

const FORMATS: readonly (readonly [format: string, make: Maker])[] = [
  ['legacy, usual payload', ({ registry, key }, name) => putSignedImage(registry, name, { key })],
  [
    'legacy, payload with annotations',
    ({ registry, key }, name) => {
      const image = putSignedImage(registry, name, { key, format: 'none' });
      signSimple(registry, image, key, { annotations: { built: 'today' } });
      return image;
    },
  ],
  [
    'bundle as referrer',
    ({ registry, key }, name) => putSignedImage(registry, name, { key, format: 'bundle' }),
  ],
];

let images = 0;

function freshImages(world: BenchWorld, make: Maker, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    images += 1;
    return make(world, `cold/image-${images}:v1`).reference;
  });
}

/** What a Pod of `count` images costs that were never seen before. */
async function coldPod(world: BenchWorld, make: Maker, count: number): Promise<Cost> {
  const request = reviewRequest(pod(freshImages(world, make, count)));
  const before = world.registry.requests.length;
  const ms = await timed(async () =>
    assert.equal((await world.webhook.review('/mutate', request))['allowed'], true),
  );
  return { requests: world.registry.requests.length - before, ms };
}

async function medianCost(world: BenchWorld, make: Maker, count: number): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < ROUNDS; round += 1) costs.push(await coldPod(world, make, count));
  return {
    requests: median(costs.map(({ requests }) => requests)),
    ms: median(costs.map(({ ms }) => ms)),
  };
}

/** Round trips and times of images that were never seen, per format. */
export async function benchColdImages(world: BenchWorld): Promise<string> {
  const rows: (readonly (string | number)[])[] = [];
  for (const [format, make] of FORMATS) {
    await coldPod(world, make, 1);
    const fast = await medianCost(world, make, 1);
    world.registry.addFault({ kind: 'latency', ms: SLOW_MS });
    const slow = await medianCost(world, make, 1);
    const ten = await medianCost(world, make, 10);
    world.registry.reset();
    const sequential = Math.round((slow.ms - fast.ms) / SLOW_MS);
    const times = [fast.ms, slow.ms, ten.ms].map((ms) => ms.toFixed(1));
    rows.push([format, fast.requests, sequential, ...times, (ten.ms / slow.ms).toFixed(2)]);
  }
  const headers = [
    'format',
    'requests',
    'one after the other',
    'one image, 0 ms',
    'one image, 20 ms',
    'ten images, 20 ms',
    'ten / one',
  ];
  return markdownTable(headers, rows);
}

const CALLERS = 12;

/** Requests that simultaneous admissions of one cold image cost the registry. */
export async function benchSimultaneous(world: BenchWorld): Promise<string> {
  const [, make] = FORMATS[0] ?? [];
  assert.ok(make);
  const request = reviewRequest(pod(freshImages(world, make, 1)));
  world.registry.addFault({ kind: 'latency', ms: SLOW_MS });
  const before = world.registry.requests.length;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => world.webhook.review('/mutate', request)),
  );
  const requests = world.registry.requests.length - before;
  world.registry.reset();
  return `${CALLERS} simultaneous requests for one cold image: ${requests} registry requests`;
}
