import type { JsonObject, JsonValue } from '../base/json-value.ts';

/**
 * What the names at the root of an expression stand for: `request`, `images`, `element`, whatever a rule's
 * `context` declares.
 */
export interface Scope {
  /**
   * The value of a name; undefined where nothing has it.
   * @throws {PendingEntry} where it must be fetched first.
   */
  lookup(name: string): JsonValue | undefined;
  /** Everything that is there already, for the rare expression that asks for the root itself. */
  all(): JsonObject;
}

/**
 * Thrown when an expression needs a context entry that has not been fetched: evaluation is synchronous, so
 * it stops here, the entry is fetched, and evaluation starts again ({@link Scope.lookup}).
 */
export class PendingEntry extends Error {
  readonly entry: string;

  constructor(entry: string) {
    super(`Context entry "${entry}" has not been fetched yet`);
    this.name = 'PendingEntry';
    this.entry = entry;
  }
}
