import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#shared/base/clock.ts';
import { messageOf } from '#shared/base/coded-error.ts';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import type { Kube, ResourceName } from '#shared/kube/kube.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { Log } from '../observe/log.ts';
import type { PolicyReading } from './policy-reading.ts';
import { policyStatus, type UnregisteredKinds } from './policy-status.ts';
import { StatusOwner } from './status-owner.ts';

/**
 * Between two writes of the same status, milliseconds: replicas of different versions may disagree for the
 * time of a rollout, and that must not become a storm. What an author changes is answered at once.
 */
const INTERVAL = 10_000;

/** After failures the pause doubles up to this; milliseconds. */
const MAX_INTERVAL = 300_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface StatusWriterOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What API servers do not call the webhook for, of the kinds of a policy; nothing by default. */
  readonly unregistered?: (policy: Policy) => readonly UnregisteredKinds[];
  /** Milliseconds; tests do not wait. */
  readonly interval?: number;
}

interface Attempt {
  /** What was to be said, whatever the time. */
  readonly intent: string;
  /** By `performance.now()`. */
  readonly at: number;
  readonly failures: number;
}

/**
 * Writes the status of policy objects that is ours to write, where it differs from what is there. Every replica
 * does: all come to the same status, so only the first one has something to write.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #owner: StatusOwner;
  readonly #attempts = new Map<string, Attempt>();
  #readings: readonly PolicyReading[] = [];
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#owner = new StatusOwner(options.kube, options.clock);
    options.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true });
  }

  /** Takes what became of all policies; never throws and never waits. */
  take(readings: readonly PolicyReading[]): void {
    this.#readings = readings;
    const names = new Set(this.#readings.map(keyOf));
    for (const key of this.#attempts.keys()) if (!names.has(key)) this.#attempts.delete(key);
    void this.#run();
  }

  /** Looks at all policies again, where something else that their status tells has changed. */
  refresh(): void {
    this.take([...this.#readings]);
  }

  /** One round at a time; what came meanwhile gets a round of its own. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#timer);
    let readings: readonly PolicyReading[];
    let wait = NEVER;
    do {
      readings = this.#readings;
      wait = NEVER;
      for (const reading of readings) wait = Math.min(wait, await this.#settle(reading));
    } while (readings !== this.#readings && !this.#options.signal.aborted);
    this.#running = false;
    if (!Number.isFinite(wait) || this.#options.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#run(), wait);
    this.#timer.unref();
  }

  /** Milliseconds after which the object has to be looked at again; infinity where all is well. */
  async #settle(reading: PolicyReading): Promise<number> {
    const { clock, signal } = this.#options;
    const status = this.#statusOf(reading, clock.now());
    if (signal.aborted || isDeepStrictEqual(status, member(reading.object, 'status'))) return NEVER;
    const key = keyOf(reading);
    const last = this.#attempts.get(key);
    const intent = this.#intentOf(reading);
    const before = last?.intent === intent ? last : undefined;
    const pause = this.#pauseAfter(before);
    if (pause > 0) return pause;
    const isWritten = await this.#write(reading, status);
    const failures = isWritten ? 0 : (before?.failures ?? 0) + 1;
    const attempt = { intent, at: performance.now(), failures };
    this.#attempts.set(key, attempt);
    // What was written comes back by the watch.
    return isWritten ? NEVER : this.#pauseAfter(attempt);
  }

  #statusOf(reading: PolicyReading, now: number): JsonObject {
    return policyStatus(reading, now, this.#options.unregistered?.(reading.policy));
  }

  /** The status as it would be if there was none before, at no time: the same for every replica and round. */
  #intentOf(reading: PolicyReading): string {
    const object = { ...reading.object, status: null };
    return JSON.stringify(this.#statusOf({ ...reading, object }, 0));
  }

  #pauseAfter(attempt: Attempt | undefined): number {
    if (attempt === undefined) return 0;
    const interval = (this.#options.interval ?? INTERVAL) * 2 ** attempt.failures;
    return attempt.at + Math.min(interval, MAX_INTERVAL) - performance.now();
  }

  async #write(reading: PolicyReading, status: JsonObject): Promise<boolean> {
    const { kube, log } = this.#options;
    try {
      if (!(await this.#owner.owns(reading.type))) return true;
      await kube.mergePatch(nameOf(reading), { status }, { subresource: 'status' });
      return true;
    } catch (error) {
      // Gone meanwhile: the watch will say so.
      if (error instanceof KubeError && error.code === 'NOT_FOUND') return true;
      log.warn({ policy: keyOf(reading), reason: messageOf(error) }, 'cannot write policy status');
      return false;
    }
  }
}

function nameOf({ type, object }: PolicyReading): ResourceName {
  const namespace = stringAt(object, 'metadata', 'namespace');
  return { ...type, name: object.metadata.name, namespace };
}

function keyOf(reading: PolicyReading): string {
  const { resource, name, namespace } = nameOf(reading);
  return `${resource}/${namespace ?? ''}/${name}`;
}
