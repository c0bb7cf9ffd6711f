import { messageOf } from '#shared/base/coded-error.ts';
import type { Policy } from '#shared/policy/model.ts';
import { ConfigError } from '../config-error.ts';
import { watchDirectory } from '../files/watch-directory.ts';
import type { Log } from '../observe/log.ts';
import { type PolicyFile, readPolicyDirectory } from './policy-directory.ts';
import type { Publish } from './policy-store.ts';

export interface DirectorySourceOptions {
  readonly directory: string;
  readonly publish: Publish;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Publishes the policies of a directory and follows its changes. Later on, a file that becomes unreadable
 * keeps its last good policies, and so does a directory that becomes empty.
 * @throws {ConfigError} where the directory cannot be used as it is at the start: a person is looking then.
 */
export async function startDirectorySource(options: DirectorySourceOptions): Promise<void> {
  const { directory, log, signal } = options;
  const files = await readPolicyDirectory(directory);
  requireUsable(directory, files);
  const source = new DirectorySource(options);
  source.take(files);
  log.info({ directory, files: files.length }, 'policies read');
  watchDirectory(directory, { signal, onChange: () => void source.reload() });
}

function requireUsable(directory: string, files: readonly PolicyFile[]): void {
  const errors = files.flatMap((file) => file.errors);
  if (errors.length > 0) {
    throw new ConfigError(
      'BAD_POLICY',
      `Cannot use policy directory "${directory}":\n${errors.join('\n')}`,
    );
  }
  if (files.some(({ policies }) => policies.length > 0)) return;
  const found =
    files.length === 0 ? 'no .yaml, .yml or .json file' : `${files.length} files without a policy`;
  throw new ConfigError(
    'NO_POLICIES',
    `Cannot use policy directory "${directory}": it holds ${found}, at least one policy is wanted`,
  );
}

class DirectorySource {
  readonly #options: DirectorySourceOptions;
  #good: ReadonlyMap<string, readonly Policy[]> = new Map();
  #noted: ReadonlySet<string> = new Set();

  constructor(options: DirectorySourceOptions) {
    this.#options = options;
  }

  async reload(): Promise<void> {
    const { directory, log, signal } = this.#options;
    try {
      const files = await readPolicyDirectory(directory);
      if (signal.aborted) return;
      this.take(files);
      log.info({ directory, files: files.length }, 'policies read again');
    } catch (error) {
      this.#keep(messageOf(error));
    }
  }

  take(files: readonly PolicyFile[]): void {
    const good = new Map<string, readonly Policy[]>();
    for (const { path, policies, errors } of files) {
      good.set(path, errors.length === 0 ? policies : (this.#good.get(path) ?? policies));
    }
    const errors = files.flatMap((file) => file.errors);
    this.#note(files.flatMap((file) => [...file.errors, ...file.notes]));
    if (countPolicies(good) === 0) {
      this.#keep(
        `Cannot use policy directory "${this.#options.directory}": it holds no policy any more`,
      );
      return;
    }
    this.#good = good;
    this.#publish(errors);
  }

  /** Whoever wants to run without policies stops the webhook; a mount that lost its files looks the same. */
  #keep(problem: string): void {
    this.#note([problem]);
    this.#publish([`${problem} (the last good policies stay in force)`]);
  }

  #publish(problems: readonly string[]): void {
    this.#options.publish({ policies: [...this.#good.values()].flat(), problems });
  }

  /** Says each thing once, not at every look. */
  #note(lines: readonly string[]): void {
    for (const line of lines) {
      if (!this.#noted.has(line)) this.#options.log.warn({ policy: line }, 'policy file');
    }
    this.#noted = new Set(lines);
  }
}

function countPolicies(files: ReadonlyMap<string, readonly Policy[]>): number {
  return [...files.values()].reduce((sum, policies) => sum + policies.length, 0);
}
