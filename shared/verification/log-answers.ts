import type { LogEntry } from '../signature/log-entry.ts';
import type { SignedEntity } from '../signature/signed-entity.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { UnknownReason } from './verdict.ts';

/** What came of asking a log about a signature. */
export type LogAnswer =
  | { readonly kind: 'entries'; readonly entries: readonly LogEntry[] }
  | { readonly kind: 'not-asked'; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason; readonly message: string };

interface Subject {
  /** The log that was asked. */
  readonly url: string;
  /** The key that made the signature. */
  readonly key: PublicKey;
}

/** What logs answered while one image was looked at. */
export class LogAnswers {
  readonly #known = new Map<SignedEntity, Map<string, LogAnswer>>();

  add(entity: SignedEntity, subject: Subject, answer: LogAnswer): void {
    const answers = this.#known.get(entity) ?? new Map<string, LogAnswer>();
    answers.set(nameOf(subject), answer);
    this.#known.set(entity, answers);
  }

  get(entity: SignedEntity, subject: Subject): LogAnswer | undefined {
    return this.#known.get(entity)?.get(nameOf(subject));
  }
}

function nameOf({ url, key }: Subject): string {
  return `${key.fingerprint} ${url}`;
}
