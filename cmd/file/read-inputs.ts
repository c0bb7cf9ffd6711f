import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { InputError } from '../input-error.ts';
import type { Streams } from '../streams.ts';

/** The text of one file, or of standard input. */
export interface InputText {
  /** As messages name it. */
  readonly origin: string;
  readonly text: string;
}

/** Larger than any rendered set of manifests that people keep in one file, small enough to hold in memory. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** A folder with more is most likely not the one that was meant. */
const MAX_FILES = 10_000;

/** What kubectl reads from folders; a file named by itself may be called anything. */
const MANIFEST_FILE = /\.(?:ya?ml|json)$/;

/**
 * The texts of files, of the manifests in folders, and of standard input (`-`).
 * @throws {InputError} for a path that cannot be read, or a folder without manifests.
 */
export async function readInputs(
  paths: readonly string[],
  options: { readonly recursive: boolean; readonly streams: Streams },
): Promise<readonly InputText[]> {
  const inputs: InputText[] = [];
  for (const path of paths) {
    if (path === '-') {
      inputs.push({ origin: 'stdin', text: await options.streams.readStdin(MAX_FILE_BYTES) });
      continue;
    }
    for (const file of await filesAt(path, options.recursive)) {
      inputs.push({ origin: file, text: await readTextFile(file) });
    }
  }
  return inputs;
}

/**
 * The text of one file.
 * @throws {InputError} if it cannot be read or is too large.
 */
export async function readTextFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_FILE_BYTES) return await readFile(path, 'utf8');
  } catch (cause) {
    throw cannotRead(path, cause);
  }
  throw new InputError('FILE', `Cannot read "${path}": it is larger than ${MAX_FILE_BYTES} bytes`);
}

async function filesAt(path: string, recursive: boolean): Promise<readonly string[]> {
  if (/^https?:\/\//.test(path)) {
    throw new InputError(
      'FILE',
      `Cannot read "${path}": only files, folders and "-" are read, not URLs`,
    );
  }
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (cause) {
    throw cannotRead(path, cause);
  }
  const files = await manifestsIn(path, recursive);
  if (files.length === 0) {
    throw new InputError(
      'FILE',
      `Cannot read folder "${path}": no .yaml, .yml or .json file in it${recursive ? '' : ' (use -R for the folders inside)'}`,
    );
  }
  if (files.length > MAX_FILES) {
    throw new InputError(
      'FILE',
      `Cannot read folder "${path}": more than ${MAX_FILES} manifests in it`,
    );
  }
  return files;
}

async function manifestsIn(folder: string, recursive: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive });
  return entries
    .filter((entry) => !entry.isDirectory() && MANIFEST_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function cannotRead(path: string, cause: unknown): InputError {
  const code = (cause as NodeJS.ErrnoException).code;
  const why = code === 'ENOENT' ? 'no such file or folder' : messageOf(cause);
  return new InputError('FILE', `Cannot read "${path}": ${why}`, { cause });
}
