import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { putSignedImage } from '#test/support/signer/signed-image.ts';
import type { BenchWorld } from './bench-webhook.ts';
import { realisticReview } from './realistic-review.ts';
import { markdownTable, median, quantile, timed } from './statistics.ts';

const CALLERS = 16;
const REQUESTS = 6_000;
const ROUNDS = 5;
const SEQUENTIAL = 1_500;

interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server, per request. Milliseconds. */
  readonly cpu: number;
}

/** Processor seconds of a process so far, all threads. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function load(
  target: Target,
  body: string,
  { callers, requests }: { callers: number; requests: number },
): Promise<Load> {
  const pool = new Pool(target.url, { connections: callers, connect: { ca: target.authority } });
  const times: number[] = [];
  let left = requests;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      times.push(
        await timed(async () => {
          const { statusCode, body: answer } = await pool.request({
            path: '/mutate?timeout=10s',
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
          });
          assert.equal(statusCode, 200);
          await answer.dump();
        }),
      );
    }
  };
  const cpu = cpuSeconds(target.pid);
  const ms = await timed(async () => Promise.all(Array.from({ length: callers }, caller)));
  const used = cpuSeconds(target.pid) - cpu;
  await pool.close();
  return {
    perSecond: (requests / ms) * 1000,
    p50: median(times),
    p99: quantile(times, 0.99),
    cpu: (used / requests) * 1000,
  };
}

interface Target {
  readonly url: string;
  readonly authority: string;
  readonly pid: number;
}

/** Warm admissions against a bare Express echo, taking turns in one run. */
export async function benchThroughput(world: BenchWorld): Promise<string> {
  const image = putSignedImage(world.registry, 'warm/app:v1', world);
  const request = realisticReview(image.reference);
  assert.equal((await world.webhook.review('/mutate', request))['allowed'], true);
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request,
  });
  const echo = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('echo-server.ts', import.meta.url)),
      join(world.folder, 'tls/tls.key'),
      join(world.folder, 'tls/tls.crt'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [port] = (await once(createInterface({ input: echo.stdout }), 'line')) as [string];
  const floor: Target = {
    url: `https://127.0.0.1:${port}`,
    authority: world.webhook.authority,
    pid: echo.pid ?? 0,
  };
  const loads: Pair[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const options = { callers: CALLERS, requests: REQUESTS };
    loads.push({
      bare: await load(floor, body, options),
      ours: await load(world.webhook, body, options),
    });
  }
  const alone = { callers: 1, requests: SEQUENTIAL };
  const quiet = {
    bare: await load(floor, body, alone),
    ours: await load(world.webhook, body, alone),
  };
  echo.kill('SIGINT');
  await once(echo, 'exit');
  const kilobytes = (body.length / 1000).toFixed(1);
  return report({ loads: loads.slice(1), quiet, kilobytes }, await serverTime(world));
}

interface Pair {
  readonly ours: Load;
  readonly bare: Load;
}

function report(
  { loads, quiet, kilobytes }: { loads: readonly Pair[]; quiet: Pair; kilobytes: string },
  time: string,
): string {
  const row = (name: string, which: 'ours' | 'bare'): readonly string[] => {
    const of = (field: keyof Load): number => median(loads.map((pair) => pair[which][field]));
    return [
      name,
      of('perSecond').toFixed(0),
      of('p50').toFixed(2),
      of('p99').toFixed(2),
      of('cpu').toFixed(2),
      quiet[which].p50.toFixed(2),
    ];
  };
  const ratio = median(loads.map(({ ours, bare }) => ours.perSecond / bare.perSecond));
  return [
    markdownTable(
      [
        `warm, one container, review of ${kilobytes} kB`,
        `requests/s, ${CALLERS} callers`,
        'p50 ms',
        'p99 ms',
        'CPU ms each',
        'p50 ms, one caller',
      ],
      [row('webhook', 'ours'), row('bare Express echo', 'bare')],
    ),
    '',
    `Ratio of requests/s, median of ${loads.length} pairs: ${(ratio * 100).toFixed(0)} %. ${time}`,
  ].join('\n');
}

/** How many admissions the server itself timed below a millisecond. */
async function serverTime({ webhook }: BenchWorld): Promise<string> {
  const metrics = await webhook.get('/metrics');
  const count = (pattern: RegExp): number =>
    [...metrics.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
  const fast = count(
    /^sign_policy_admission_duration_seconds_bucket\{[^}]*le="0.001"[^}]*\} (\d+)$/gm,
  );
  const all = count(/^sign_policy_admission_duration_seconds_count(?:\{[^}]*\})? (\d+)$/gm);
  return `Server time below 1 ms: ${((fast / all) * 100).toFixed(1)} % of ${all} admissions (cold ones included).`;
}
