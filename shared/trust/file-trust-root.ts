import { open } from 'node:fs/promises';
import { messageOf } from '../base/coded-error.ts';
import { TrustRootError, type TrustRootSource } from './trust-root-source.ts';
import { MAX_TRUSTED_ROOT_BYTES, type ReadTrustedRoot, readTrustedRoot } from './trusted-root.ts';

/** A mounted ConfigMap changes without an event that can be relied on, so the file is read again. Milliseconds. */
const REFRESH_MS = 10_000;

/** A `trusted_root.json` on disk: what air-gapped clusters and private instances give. */
export function fileTrustRoot(path: string): TrustRootSource {
  let last: { readonly text: string; readonly root: ReadTrustedRoot } | undefined;
  return {
    description: `file ${path}`,
    refreshMs: REFRESH_MS,
    load: async () => {
      const text = await readText(path);
      // The same text keeps the same root: evidence is remembered under it.
      if (last?.text !== text) last = { text, root: readTrustedRoot(text) };
      return last.root;
    },
  };
}

async function readText(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const buffer = Buffer.alloc(MAX_TRUSTED_ROOT_BYTES + 1);
    const { bytesRead } = await file.read(buffer);
    if (bytesRead <= MAX_TRUSTED_ROOT_BYTES) return buffer.toString('utf8', 0, bytesRead);
  } catch (cause) {
    throw new TrustRootError('UNREADABLE', `Cannot read trust root ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
  throw new TrustRootError(
    'TOO_LARGE',
    `Cannot read trust root ${path}: found more than ${MAX_TRUSTED_ROOT_BYTES} bytes`,
  );
}
