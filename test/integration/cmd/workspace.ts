import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder for one test file, with paths relative to it. */
export interface Workspace {
  readonly path: (name: string) => string;
  /** Writes a file and answers with its path. */
  readonly write: (name: string, text: string) => Promise<string>;
  readonly remove: () => Promise<void>;
}

export async function makeWorkspace(): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'sign-policy-cmd-'));
  const path = (name: string): string => join(root, name);
  return {
    path,
    write: async (name, text) => {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), text);
      return path(name);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
