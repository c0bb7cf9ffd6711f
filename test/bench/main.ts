import { cpus } from 'node:os';
import { startBenchWorld } from './bench-webhook.ts';
import { benchColdImages, benchSimultaneous } from './cold-images.ts';
import { benchMemory } from './memory.ts';
import { benchPluginStart } from './plugin-start.ts';
import { benchThroughput } from './throughput.ts';

// Counts and ratios from one run on one machine; docs/performance.md keeps one such output.

console.log(
  `Node ${process.version}, ${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'})\n`,
);
const world = await startBenchWorld();
try {
  for (const bench of [benchColdImages, benchSimultaneous, benchMemory, benchThroughput]) {
    console.log(`${await bench(world)}\n`);
  }
} finally {
  await world.stop();
}
console.log(await benchPluginStart());
