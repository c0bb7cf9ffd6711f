import type { Writable } from 'node:stream';
import type { DestinationStream } from 'pino';
import { systemClock } from '#shared/base/clock.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { openKube } from '#shared/kube/open-kube.ts';
import { createEngine } from './create-engine.ts';
import { ConfigError } from './config-error.ts';
import { type ClusterConfig, parseConfig, type WebhookConfig } from './config.ts';
import { helpText } from './flags.ts';
import { createLog, type Log } from './observe/log.ts';
import { serve } from './serve.ts';
import { VERSION } from './version.ts';

/** What the process gives to the program. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Signals and uncaught errors come from here. */
  readonly process: NodeJS.EventEmitter;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly logDestination: DestinationStream;
}

/** Exit codes: 0 stopped as asked · 1 trouble · 2 a flag or a file is wrong. */
type ExitCode = 0 | 1 | 2;

/** Runs the webhook until a signal ends it; resolves to the exit code. */
export async function runWebhook(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    const parsed = parseConfig(argv, around.env);
    switch (parsed.kind) {
      case 'help':
        around.stdout.write(helpText());
        return 0;
      case 'version':
        around.stdout.write(`${VERSION}\n`);
        return 0;
      case 'run':
        return await run(parsed.config, around);
    }
  } catch (error) {
    around.stderr.write(`sign-policy-webhook: ${messageOf(error)}\n`);
    if (error instanceof ConfigError && error.code === 'BAD_FLAG') {
      around.stderr.write('Run "sign-policy-webhook --help" for the flags.\n');
    }
    return error instanceof ConfigError ? 2 : 1;
  }
}

async function run(config: WebhookConfig, around: Surroundings): Promise<ExitCode> {
  const log = createLog(config.logLevel, around.logDestination);
  const ending = waitForEnd(around.process, log);
  const kube = await openCluster(config.cluster);
  const running = await serve({
    config,
    log,
    clock: systemClock,
    version: VERSION,
    kube,
    createAdmit: ({ metrics, trustRoots, signal }) =>
      createEngine({
        config,
        kube,
        metrics,
        clock: systemClock,
        trustRoots,
        env: around.env,
        signal,
      }),
  });
  const code = await ending.ended;
  const wait = code === 0 ? config.drainSeconds * 1000 : 0;
  await running.close({ wait, hurry: ending.hurry });
  return code;
}

async function openCluster(cluster: ClusterConfig): Promise<Kube | undefined> {
  switch (cluster.kind) {
    case 'none':
      return undefined;
    case 'in-cluster':
      return openKube({ inCluster: true });
    case 'kubeconfig':
      return openKube({ kubeconfig: cluster.file, context: cluster.context });
  }
}

interface Ending {
  readonly ended: Promise<0 | 1>;
  /** Aborted by a second signal. */
  readonly hurry: AbortSignal;
}

/** A signal ends the process well; an error that nobody caught ends it too, but not well. */
function waitForEnd(source: NodeJS.EventEmitter, log: Log): Ending {
  const hurry = new AbortController();
  const ended = new Promise<0 | 1>((resolve) => {
    let signals = 0;
    const onSignal = (signal: string): void => {
      log.info({ signal }, 'signal');
      signals += 1;
      if (signals > 1) hurry.abort();
      resolve(0);
    };
    source.on('SIGTERM', onSignal);
    source.on('SIGINT', onSignal);
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      source.on(event, (error: unknown) => {
        log.error({ err: error }, event);
        resolve(1);
      });
    }
  });
  return { ended, hurry: hurry.signal };
}
