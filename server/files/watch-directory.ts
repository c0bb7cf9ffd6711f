import { watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface WatchDirectoryOptions {
  readonly signal: AbortSignal;
  /** Called after the directory became different, once it has been quiet for a moment. */
  readonly onChange: () => void;
}

/** Editors and the kubelet change several entries at once; milliseconds. */
const QUIET = 100;

/** Some file systems (network mounts, some container set-ups) give no notice; milliseconds. */
const RESTAT_INTERVAL = 10_000;

/**
 * Watches the entries of one directory, following symbolic links: a kubelet updates a mounted ConfigMap
 * or Secret by swapping the link `..data`, which leaves the entries themselves untouched.
 */
export function watchDirectory(directory: string, options: WatchDirectoryOptions): void {
  const { signal, onChange } = options;
  let quiet: NodeJS.Timeout | undefined;
  const later = (): void => {
    clearTimeout(quiet);
    if (!signal.aborted) quiet = setTimeout(onChange, QUIET);
  };
  watchEvents(directory, signal, later);
  const restat = watchSignature(directory, later);
  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(quiet);
      clearInterval(restat);
    },
    { once: true },
  );
}

/** Where notices are not to be had, the periodic look does the work alone. */
function watchEvents(directory: string, signal: AbortSignal, onEvent: () => void): void {
  try {
    const watcher = watch(directory, { signal, persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
  } catch {
    onEvent();
  }
}

function watchSignature(directory: string, onChange: () => void): NodeJS.Timeout {
  let last: string | undefined;
  const look = async (): Promise<void> => {
    const signature = await directorySignature(directory);
    if (last !== undefined && last !== signature) onChange();
    last = signature;
  };
  void look();
  const timer = setInterval(() => void look(), RESTAT_INTERVAL);
  timer.unref();
  return timer;
}

/** Changes whenever a file of the directory does; never rejects. */
async function directorySignature(directory: string): Promise<string> {
  try {
    const names = (await readdir(directory)).sort();
    const entries = await Promise.all(names.map((name) => entrySignature(join(directory, name))));
    return entries.join('\n');
  } catch (error) {
    return String(error);
  }
}

async function entrySignature(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${path} ${ino} ${size} ${mtimeMs}`;
  } catch {
    return `${path} -`;
  }
}
