import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** After this a program that was asked to end is killed. */
const GRACE_MILLISECONDS = 10_000;

/** How much of a log goes into an error message. */
const TAIL_CHARACTERS = 3000;

export interface ProgramOptions {
  /** Where `<name>.log` goes. */
  readonly directory: string;
  /** Complete: nothing is inherited, so the outcome does not depend on who runs the tests. */
  readonly env: Readonly<Record<string, string>>;
}

/** A server that a test started, as one process of its own. */
export interface Program {
  readonly name: string;
  readonly logFile: string;
  /** Everything it said on both streams. */
  log(): Promise<string>;
  /** @throws {Error} it ended by itself, with the end of its log */
  readonly assertRunning: () => Promise<void>;
  /** Sends the signal, then waits for its end; kills it after a grace period. Idempotent. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a program in the background. It neither outlives this process nor keeps it alive, so a test that
 * fails half-way does not hang.
 */
export function startProgram(
  name: string,
  command: readonly [path: string, ...args: string[]],
  options: ProgramOptions,
): Program {
  const logFile = join(options.directory, `${name}.log`);
  const child = spawnInto(logFile, command, options.env);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<void>();
  child.once('close', () => {
    process.off('exit', kill);
    tellEnd();
  });
  const readLog = async (): Promise<string> => readFile(logFile, 'utf8');
  return {
    name,
    logFile,
    log: readLog,
    assertRunning: async () => {
      if (hasEnded(child)) {
        const tail = (await readLog()).slice(-TAIL_CHARACTERS);
        throw new Error(`${name} ended by itself: ${String(child.exitCode)}\n${tail}`);
      }
    },
    stop: async (signal = 'SIGTERM') => {
      if (!hasEnded(child)) {
        child.ref();
        child.kill(signal);
        const timer = setTimeout(kill, GRACE_MILLISECONDS);
        await ended;
        clearTimeout(timer);
      }
    },
  };
}

function spawnInto(
  logFile: string,
  [path, ...args]: readonly [path: string, ...args: string[]],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(path, args, { env: { ...env }, stdio: ['ignore', log, log] });
    child.on('error', (error) =>
      appendFileSync(logFile, `cannot start ${path}: ${error.message}\n`),
    );
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
