import { ConditionError } from '../../condition-error.ts';
import type { CelValue } from './cel-value.ts';
import { CelUint } from './cel-uint.ts';

type Entries = ReadonlyMap<string, readonly [key: CelValue, value: CelValue]>;

/** Keys of a map with their values; numbers of all types that are equal are the same key. */
export class CelMap {
  readonly #entries: Entries;

  /** @throws {ConditionError} INVALID_ARGUMENT for a key that none can be, or that is there twice. */
  constructor(entries: Iterable<readonly [CelValue, CelValue]>) {
    const map = new Map<string, readonly [CelValue, CelValue]>();
    for (const [key, value] of entries) {
      const id = idOf(key);
      if (id === undefined)
        throw new ConditionError('INVALID_ARGUMENT', 'unsupported key type of a map');
      const known = map.get(id);
      // Kubernetes keeps 1 and 1u apart where it makes a map, and not where it looks into one.
      if (known !== undefined && typeof known[0] !== typeof key)
        throw new ConditionError('INVALID_ARGUMENT', 'two keys of a map are the same number');
      map.set(id, [key, value]);
    }
    this.#entries = map;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined where no key is equal. */
  get(key: CelValue): CelValue | undefined {
    const id = idOf(key);
    return id === undefined ? undefined : this.#entries.get(id)?.[1];
  }

  has(key: CelValue): boolean {
    return this.get(key) !== undefined;
  }

  keys(): readonly CelValue[] {
    return [...this.#entries.values()].map(([key]) => key);
  }

  entries(): readonly (readonly [CelValue, CelValue])[] {
    return [...this.#entries.values()];
  }
}

function idOf(key: CelValue): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof CelUint) return `n${key.value}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
  return undefined;
}
