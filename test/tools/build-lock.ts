import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a waiter looks again; a build takes seconds to minutes. */
const POLL_MILLISECONDS = 500;

/**
 * Runs `work` while no other process holds the lock file; a lock whose process is gone is taken over.
 * Two waiters that take over in the same instant may both go on: the work must survive that (builds
 * end in an atomic rename), it is only done twice.
 */
export async function withBuildLock<Result>(
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(file), { recursive: true });
  while (!(await tryTake(file))) {
    await sleep(POLL_MILLISECONDS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function tryTake(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  }
  if (await isAbandoned(file)) {
    await rm(file, { force: true });
  }
  return false;
}

async function isAbandoned(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const holder = Number(text);
  // Empty: its owner is between creating and writing it.
  if (!Number.isSafeInteger(holder) || holder <= 0) {
    return false;
  }
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return hasCode(error, 'ESRCH');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
