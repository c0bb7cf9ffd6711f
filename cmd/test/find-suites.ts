import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { InputError } from '../input-error.ts';

/** More suites than this below one folder are most likely copies of dependencies. */
const MAX_SUITES = 10_000;

/**
 * The suite files at the given paths: a file is one itself, a folder is searched with all the folders inside
 * for files of that name, as Kyverno does.
 * @throws {InputError} for a path that is not there.
 */
export async function findSuites(
  paths: readonly string[],
  fileName: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(...(await suitesAt(path, fileName)));
  if (found.length <= MAX_SUITES) return [...new Set(found)];
  throw new InputError('FILE', `Cannot run ${found.length} suites, expected at most ${MAX_SUITES}`);
}

async function suitesAt(path: string, fileName: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name === fileName)
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    throw new InputError('FILE', `Cannot search "${path}" for test suites: ${messageOf(cause)}`, {
      cause,
    });
  }
}
