import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { CertificateError } from './certificate.ts';
import type { SelfMade } from './self-made.ts';
import type { SelfMadeStore } from './self-made-store.ts';

/** The names that Kubernetes uses for such files in Secrets. */
const FILES: readonly {
  readonly field: keyof SelfMade;
  readonly file: string;
  readonly mode: number;
}[] = [
  { field: 'authorityKey', file: 'ca.key', mode: 0o600 },
  { field: 'key', file: 'tls.key', mode: 0o600 },
  { field: 'certificate', file: 'tls.crt', mode: 0o644 },
  { field: 'authorities', file: 'ca.crt', mode: 0o644 },
];

/** Keeps the material in a directory; keys are readable by the owner only. */
export function createDirectoryStore(directory: string): SelfMadeStore {
  return {
    name: `directory "${directory}"`,
    load: () => load(directory),
    save: (material) => save(directory, material),
  };
}

async function load(directory: string): Promise<SelfMade | undefined> {
  const read = new Map<keyof SelfMade, string>();
  for (const { field, file } of FILES) {
    const text = await readOptional(join(directory, file));
    if (text === undefined) return undefined;
    read.set(field, text);
  }
  return {
    authorities: read.get('authorities') ?? '',
    authorityKey: read.get('authorityKey') ?? '',
    certificate: read.get('certificate') ?? '',
    key: read.get('key') ?? '',
  };
}

async function save(directory: string, material: SelfMade): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    for (const { field, file, mode } of FILES) {
      const path = join(directory, file);
      const temporary = `${path}.${process.pid}.new`;
      await writeFile(temporary, material[field], { mode });
      await rename(temporary, path);
    }
  } catch (cause) {
    throw new CertificateError(
      'UNREADABLE',
      `Cannot write to directory "${directory}": ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CertificateError('UNREADABLE', `Cannot read file "${path}": ${messageOf(cause)}`, {
      cause,
    });
  }
}
