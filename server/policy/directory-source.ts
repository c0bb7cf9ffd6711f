import { messageOf } from '#shared/base/coded-error.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';
import { ConfigError } from '../config-error.ts';
import { watchDirectory } from '../files/watch-directory.ts';
import type { Log } from '../observe/log.ts';
import { isHonoured } from './is-honoured.ts';
import { type PolicyFile, readPolicyDirectory } from './policy-directory.ts';
import type { Publish } from './policy-store.ts';

export interface DirectorySourceOptions {
  readonly directory: string;
  /** Namespaces whose exceptions count, with wildcards. */
  readonly exceptionNamespaces: readonly string[];
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
  #exceptions: readonly PolicyException[] = [];
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
    const good = new Map(this.#mayBeRenamed(files));
    for (const { path, policies, errors } of files) {
      good.set(path, errors.length === 0 ? policies : (this.#good.get(path) ?? policies));
    }
    const errors = files.flatMap((file) => file.errors);
    // A file with anything wrong in it excepts nothing.
    const sound = files.filter((file) => file.errors.length === 0);
    const [honoured, ignored] = this.#divide(sound.flatMap(({ exceptions }) => exceptions));
    this.#note([...files.flatMap((file) => [...file.errors, ...file.notes]), ...ignored]);
    if (countPolicies(good) === 0) {
      this.#keep(
        `Cannot use policy directory "${this.#options.directory}": it holds no policy any more`,
      );
      return;
    }
    this.#good = good;
    this.#exceptions = honoured;
    this.#publish(errors);
  }

  /** What is gone may be in a file that cannot be used: then nothing is gone yet (MUST-NOT-HAPPEN 6). */
  #mayBeRenamed(files: readonly PolicyFile[]): readonly (readonly [string, readonly Policy[]])[] {
    const paths = new Set(files.map(({ path }) => path));
    return files.some(({ errors }) => errors.length > 0)
      ? [...this.#good].filter(([path]) => !paths.has(path))
      : [];
  }

  /** What counts, and a line for each that does not. */
  #divide(
    exceptions: readonly PolicyException[],
  ): readonly [readonly PolicyException[], readonly string[]] {
    const { exceptionNamespaces } = this.#options;
    const counts = (exception: PolicyException): boolean =>
      isHonoured(exception, exceptionNamespaces);
    const ignored = exceptions.filter((exception) => !counts(exception));
    return [
      exceptions.filter(counts),
      ignored.map(
        ({ namespace, name }) =>
          `PolicyException "${namespace}/${name}" exempts nothing: --exception-namespace does not name its namespace`,
      ),
    ];
  }

  /** Whoever wants to run without policies stops the webhook; a mount that lost its files looks the same. */
  #keep(problem: string): void {
    this.#note([problem]);
    this.#publish([`${problem} (the last good policies stay in force)`]);
  }

  #publish(problems: readonly string[]): void {
    this.#options.publish({
      policies: [...this.#good.values()].flat(),
      exceptions: this.#exceptions,
      problems,
    });
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
