import type { JsonObject, JsonValue } from '../base/json-value.ts';
import type { Scope } from './scope.ts';

/** Names with fixed values over those of another scope, which they hide. */
export class FixedScope implements Scope {
  readonly #values: JsonObject;
  readonly #below: Scope | undefined;

  constructor(values: JsonObject, below?: Scope) {
    this.#values = values;
    this.#below = below;
  }

  lookup(name: string): JsonValue | undefined {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : this.#below?.lookup(name);
  }

  all(): JsonObject {
    return { ...this.#below?.all(), ...this.#values };
  }
}
