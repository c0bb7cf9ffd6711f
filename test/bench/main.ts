import { cpus } from 'node:os';
import { type BenchWorld, startBenchWorld } from './bench-webhook.ts';
import { benchColdImages, benchSimultaneous } from './cold-images.ts';
import { benchLongAttestations } from './long-attestations.ts';
import { benchMemory } from './memory.ts';
import { benchPluginStart } from './plugin-start.ts';
import { benchThroughput } from './throughput.ts';
import { benchVerificationCost } from './verification-cost.ts';

// Counts and ratios from one run on one machine; docs/performance.md keeps one such output.

/** Runs benchmarks one after the other against one webhook that was started for them. */
async function inOneWorld(
  ...benches: readonly ((world: BenchWorld) => Promise<string>)[]
): Promise<void> {
  const world = await startBenchWorld();
  try {
    for (const bench of benches) console.log(`${await bench(world)}\n`);
  } finally {
    await world.stop();
  }
}

console.log(
  `Node ${process.version}, ${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'})\n`,
);
await inOneWorld(benchColdImages, benchSimultaneous);
// Ten thousand images are known when the throughput is measured.
await inOneWorld(benchMemory, benchThroughput);
console.log(`${await benchVerificationCost()}\n`);
console.log(`${await benchLongAttestations()}\n`);
console.log(await benchPluginStart());
