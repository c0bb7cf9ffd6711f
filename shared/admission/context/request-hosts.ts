import { messageOf } from '../../base/coded-error.ts';
import { HostLookupError } from '../../base/host-lookup.ts';
import { ConditionError } from '../../condition/condition-error.ts';
import { type HostAddresses, PendingHost } from '../../condition/host-addresses.ts';
import type { AdmissionRequest } from '../admission-request.ts';
import type { ContextSources } from './context-sources.ts';

/**
 * Hosts that all rules together may have looked up for one request. Whoever writes the object chooses their
 * number where a rule goes through a list; the hosts of an Ingress are a few.
 */
const MAX_HOSTS = 20;

const known = new WeakMap<AdmissionRequest, RequestHosts>();

/** The hosts that rules ask for on this request: each is looked up once, and all rules see the same answer. */
export function hostsFor(
  request: AdmissionRequest,
  { hosts }: ContextSources,
  signal: AbortSignal | undefined,
): HostAddresses {
  const found = known.get(request) ?? new RequestHosts((host) => hosts.addressesOf(host, signal));
  known.set(request, found);
  return found;
}

type LookUp = (host: string) => Promise<readonly string[]>;

class RequestHosts implements HostAddresses {
  readonly #lookUp: LookUp;
  readonly #answers = new Map<string, readonly string[] | ConditionError>();
  /** Shared by all rules that wait for it. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(lookUp: LookUp) {
    this.#lookUp = lookUp;
  }

  addressesOf(host: string): readonly string[] {
    const answer = this.#answers.get(host);
    if (answer instanceof ConditionError) throw answer;
    if (answer !== undefined) return answer;
    if (!this.#running.has(host) && this.#running.size >= MAX_HOSTS)
      throw new ConditionError(
        'TOO_EXPENSIVE',
        `lookup ${host}: more than ${MAX_HOSTS} hosts are looked up for one request`,
      );
    throw new PendingHost(host, async () => this.#find(host));
  }

  async #find(host: string): Promise<void> {
    const running = this.#running.get(host) ?? this.#ask(host);
    this.#running.set(host, running);
    return running;
  }

  async #ask(host: string): Promise<void> {
    try {
      this.#answers.set(host, await this.#lookUp(host));
    } catch (error) {
      this.#answers.set(host, lookupFailure(host, error));
    }
  }
}

/** That there is no such host is as definite as Kyverno has it; all else may pass. */
function lookupFailure(host: string, cause: unknown): ConditionError {
  const isDefinite = cause instanceof HostLookupError && cause.code === 'NO_SUCH_HOST';
  return new ConditionError(
    isDefinite ? 'INVALID_ARGUMENT' : 'LOOKUP_FAILED',
    `lookup ${host}: ${messageOf(cause)}`,
    { cause },
  );
}
