import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import { mergedValue } from '../../base/merged-value.ts';
import type { Evaluation } from '../../condition/evaluation.ts';
import { parseJmespath } from '../../condition/jmespath/parse-jmespath.ts';
import { search, searchValue } from '../../condition/jmespath/search.ts';
import { PendingEntry, type Scope } from '../../condition/scope.ts';
import { settle } from '../../condition/settle.ts';
import { substitute, substituteExpression } from '../../condition/variables/substitute.ts';
import type { ContextEntry } from '../../policy/context-entry.ts';
import { ContextError } from './context-error.ts';
import type { ContextSources } from './context-sources.ts';
import { type EntryTools, loadEntry } from './load-entry.ts';

/** Data that the entries of one rule may bring in together, `maxContextSize` of Kyverno. */
export const MAX_CONTEXT_BYTES: number = 2 * 1024 * 1024;

export interface ContextOptions extends Evaluation {
  readonly sources: ContextSources;
  /** Namespace of a namespaced policy. */
  readonly policyNamespace?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The `context` entries of one rule and one request. An entry is fetched when an evaluation first needs
 * it, once, and sees what stands above it only: the scope below, and the entries before it. Of entries
 * with one name the last wins; mappings are merged, except into a `variable` (Kyverno 1.19).
 */
export class ContextLoader {
  readonly #entries: readonly LoadedEntry[];
  readonly #below: Scope;
  readonly #outer: ContextLoader | undefined;
  readonly #options: ContextOptions;
  readonly #size: { bytes: number };

  constructor(
    entries: readonly ContextEntry[],
    below: Scope,
    options: ContextOptions & { readonly outer?: ContextLoader | undefined },
  ) {
    this.#entries = entries.map((entry) => ({ entry, fetched: undefined, value: undefined }));
    this.#below = below;
    this.#outer = options.outer;
    this.#options = options;
    this.#size = options.outer === undefined ? { bytes: 0 } : options.outer.#size;
  }

  /** Everything that can be named below all entries. */
  get scope(): Scope {
    return this.#scopeBefore(this.#entries.length);
  }

  /** The entries of a `foreach` inside: `layer` puts its element over what this loader knows. */
  inside(entries: readonly ContextEntry[], layer: (scope: Scope) => Scope): ContextLoader {
    return new ContextLoader(entries, layer(this.scope), { ...this.#options, outer: this });
  }

  /**
   * The result of an evaluation, which is repeated while it needs entries that have not been fetched.
   * @throws {ContextError | ConditionError} and the reason of the signal.
   */
  async evaluate<Result>(run: (scope: Scope) => Result): Promise<Result> {
    return this.#settle(() => run(this.scope), this.#entries.length);
  }

  async #settle<Result>(run: () => Result, before: number): Promise<Result> {
    return settle(run, {
      fetchEntry: async (name) => this.#fetch(name, before),
      entries: this.#count,
      signal: this.#options.signal,
    });
  }

  get #count(): number {
    return this.#entries.length + (this.#outer === undefined ? 0 : this.#outer.#count);
  }

  /**
   * The first entry of the name that is not there yet; where there is none, the name belongs further out.
   */
  async #fetch(name: string, before: number): Promise<void> {
    const index = this.#entries.findIndex(
      ({ entry, value }, at) => at < before && entry.name === name && value === undefined,
    );
    const loaded = this.#entries[index];
    if (loaded === undefined) {
      if (this.#outer !== undefined) await this.#outer.#fetch(name, this.#outer.#entries.length);
      return;
    }
    loaded.fetched ??= this.#load(loaded, index);
    await loaded.fetched;
  }

  async #load(loaded: LoadedEntry, index: number): Promise<void> {
    const value = await loadEntry(loaded.entry, this.#tools(index));
    this.#size.bytes += Buffer.byteLength(JSON.stringify(value));
    if (this.#size.bytes > MAX_CONTEXT_BYTES)
      throw new ContextError(
        'TOO_LARGE',
        `context size limit exceeded: ${this.#size.bytes} bytes exceeds limit of ${MAX_CONTEXT_BYTES} bytes`,
      );
    loaded.value = value;
  }

  #tools(index: number): EntryTools {
    const { sources, policyNamespace, signal, budget, clock, hosts } = this.#options;
    const scope = this.#scopeBefore(index);
    const evaluation = { budget, clock, hosts };
    const found = { ...evaluation, missing: 'fault' } as const;
    return {
      sources,
      policyNamespace,
      signal,
      substitute: async (value) => this.#settle(() => substitute(value, scope, evaluation), index),
      expression: async (text) =>
        this.#settle(() => substituteExpression(text, scope, evaluation), index),
      query: async (expression) =>
        this.#settle(() => search(parseJmespath(expression), scope, found), index),
      search: (expression, value) => searchValue(parseJmespath(expression), value, found),
    };
  }

  /** What the entry at `index` can name. */
  #scopeBefore(index: number): Scope {
    const entries = this.#entries.slice(0, index);
    return {
      lookup: (name) => {
        const named = entries.filter(({ entry }) => entry.name === name);
        if (named.some(({ value }) => value === undefined)) throw new PendingEntry(name);
        const [first] = named;
        const isAdded = first === undefined || first.entry.kind !== 'variable';
        return combined(named, isAdded ? this.#below.lookup(name) : undefined);
      },
      all: () => ({ ...this.#below.all(), ...allOf(entries) }),
    };
  }
}

interface LoadedEntry {
  readonly entry: ContextEntry;
  /** Shared by everyone who waits for it. */
  fetched: Promise<void> | undefined;
  /** Undefined until it is there. */
  value: JsonValue | undefined;
}

function allOf(entries: readonly LoadedEntry[]): JsonObject {
  const names = new Set(entries.map(({ entry }) => entry.name));
  const values = [...names].map((name) => {
    const named = entries.filter(({ entry, value }) => entry.name === name && value !== undefined);
    return [name, combined(named, undefined)];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as JsonObject;
}

/** The value of a name, from what is below and from its entries in their order. */
function combined(
  entries: readonly LoadedEntry[],
  below: JsonValue | undefined,
): JsonValue | undefined {
  return entries.reduce<JsonValue | undefined>(
    (before, { entry, value = null }) =>
      entry.kind === 'variable' ? value : mergedValue(before, value),
    below,
  );
}
