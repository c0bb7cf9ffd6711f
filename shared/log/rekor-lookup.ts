import type { Clock } from '../base/clock.ts';
import { sha256Digest } from '../base/digest.ts';
import { Limiter } from '../base/limiter.ts';
import { SharedWork } from '../base/shared-work.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import type { LogEntry } from '../signature/log-entry.ts';
import {
  type LogFetcher,
  type LogLookup,
  LogLookupError,
  type LogQuestion,
} from '../signature/log-lookup.ts';
import { readLogAnswer } from './read-log-answer.ts';

/** An entry never changes; what makes it count is verified anew from its bytes. Milliseconds. */
const KEEP_FOUND_MS = 60 * 60_000;

/** Somebody may upload the entry right now. Milliseconds. */
const KEEP_NOTHING_MS = 5_000;

/** Some 4 kB each: 8 MB when full. */
const MAX_KEPT = 2048;

/** A slow log must not hold all of the process's connections, and none of another log's. */
const CONCURRENT_QUESTIONS = 8;

/** The public log: anybody may have it asked. */
const PUBLIC_LOG = 'https://rekor.sigstore.dev';

export interface RekorLookupOptions {
  readonly fetcher: LogFetcher;
  readonly clock: Clock;
  /** Logs besides the public one that authors of namespaced policies may have asked. */
  readonly listed: readonly string[];
}

/** Asks logs that speak Rekor v1's interface; equal questions are asked once. */
export class RekorLookup implements LogLookup {
  readonly #options: RekorLookupOptions;
  readonly #listed: ReadonlySet<string>;
  readonly #kept: TtlCache<readonly LogEntry[]>;
  readonly #inFlight = new SharedWork<readonly LogEntry[]>();
  readonly #limiters = new Map<string, Limiter>();

  constructor(options: RekorLookupOptions) {
    this.#options = options;
    this.#listed = new Set([PUBLIC_LOG, ...options.listed].map(baseOf));
    this.#kept = new TtlCache({ clock: options.clock, maxEntries: MAX_KEPT });
  }

  async find(question: LogQuestion, signal: AbortSignal | undefined): Promise<readonly LogEntry[]> {
    const { access } = question;
    const base = baseOf(question.url);
    if (access === 'listed' && !this.#listed.has(base))
      throw new LogLookupError(
        'NOT_ALLOWED',
        `Cannot ask the transparency log ${base}: a policy of a namespace names it, and the webhook is not set to let such policies use it (--log-url)`,
      );
    const key = keyOf(base, question);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const { fetcher } = this.#options;
    return this.#inFlight.run(key, signal, async (signal) => {
      const answer = await this.#limiterOf(base).run(() => fetcher.fetch(base, question, signal));
      const entries = readLogAnswer(base, answer);
      this.#kept.set(key, entries, entries.length > 0 ? KEEP_FOUND_MS : KEEP_NOTHING_MS);
      return entries;
    });
  }

  /** As many as policies name logs. */
  #limiterOf(base: string): Limiter {
    const limiter = this.#limiters.get(base) ?? new Limiter(CONCURRENT_QUESTIONS);
    this.#limiters.set(base, limiter);
    return limiter;
  }
}

/** One spelling for one address. */
function baseOf(url: string): string {
  return (URL.parse(url)?.href ?? url).replace(/\/+$/, '');
}

function keyOf(base: string, { hash, signature, verifiers }: LogQuestion): string {
  const { algorithm, digest } = hash;
  const parts = [base, algorithm, digest.toString('hex'), signature.toString('hex'), ...verifiers];
  return sha256Digest(JSON.stringify(parts));
}
