import { messageOf } from '../base/coded-error.ts';
import type { Clock } from '../base/clock.ts';
import { raceAbort } from '../base/race-abort.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { type CertificateStatus, unknownStatus } from './certificate-status.ts';
import {
  freshestPlaces,
  isDeltaOf,
  readRevocationList,
  type RevocationList,
  statusByLists,
} from './crl.ts';
import { encodeOcspRequest, readOcspStatus, type StatusContext } from './ocsp.ts';
import type {
  RevocationAnswer,
  RevocationChecker,
  RevocationOptions,
  RevocationQuestion,
} from './revocation.ts';
import {
  RevocationFetchError,
  type RevocationFetcher,
  type RevocationRequest,
} from './revocation-fetcher.ts';
import { revocationPlaces } from './revocation-places.ts';

/** notation's own limits: 20 kB an OCSP answer, 2 s for it, 5 s for a list. */
const MAX_OCSP_BYTES = 20 * 1024;
const OCSP_TIMEOUT_MS = 2000;
const CRL_TIMEOUT_MS = 5000;

/** Lists for code signing have some kilobytes; hashing and searching this much takes milliseconds. */
const MAX_CRL_BYTES = 4 * 1024 * 1024;

/** Signers and authorities in use at one time; a status is a few bytes. */
const MAX_CACHED = 2048;

/** A revocation must be noticed, whatever a server promises. */
const MAX_CACHE_MS = 60 * 60 * 1000;

export interface RevocationCheckerOptions {
  readonly fetcher: RevocationFetcher;
  readonly clock: Clock;
}

/** "Certificate Revocation Evaluation" of trust-store-trust-policy.md: OCSP first, then lists. */
export class OnlineRevocationChecker implements RevocationChecker {
  readonly #fetcher: RevocationFetcher;
  readonly #clock: Clock;
  readonly #cache: TtlCache<CertificateStatus>;
  readonly #inFlight = new SingleFlight<CertificateStatus>();

  constructor({ fetcher, clock }: RevocationCheckerOptions) {
    this.#fetcher = fetcher;
    this.#clock = clock;
    this.#cache = new TtlCache({ maxEntries: MAX_CACHED, clock });
  }

  async check(
    { chain, signingTime }: RevocationQuestion,
    { signal }: RevocationOptions = {},
  ): Promise<RevocationAnswer> {
    const now = this.#clock.now();
    const statuses = await Promise.all(
      chain.slice(0, -1).map(async (certificate, index) => {
        const issuer = chain[index + 1] ?? certificate;
        const status = await this.#status({ certificate, issuer, now, signingTime }, signal);
        return { name: certificate.subject.text, status };
      }),
    );
    const revoked = statuses.find(({ status }) => status.kind === 'revoked');
    if (revoked !== undefined)
      return { kind: 'revoked', message: `certificate "${revoked.name}" was revoked` };
    for (const { name, status } of statuses)
      if (status.kind === 'unknown')
        return {
          kind: 'unknown',
          message: `whether certificate "${name}" was revoked cannot be found out: ${status.message}`,
          transient: true,
        };
    return { kind: 'good' };
  }

  /** The work is shared by all who ask; each waits only as long as it may. */
  async #status(
    context: StatusContext,
    signal: AbortSignal | undefined,
  ): Promise<CertificateStatus> {
    const { certificate, issuer, now, signingTime } = context;
    const key = [certificate.fingerprint, issuer.fingerprint, signingTime ?? ''].join(':');
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const work = this.#inFlight.run(key, async () => {
      const status = await this.#ask(context);
      if (status.kind !== 'unknown')
        this.#cache.set(key, status, Math.min(status.until - now, MAX_CACHE_MS));
      return status;
    });
    try {
      return await raceAbort(work, signal);
    } catch (error) {
      return unknownStatus(messageOf(error));
    }
  }

  async #ask(context: StatusContext): Promise<CertificateStatus> {
    try {
      const { ocsp, crl } = revocationPlaces(context.certificate);
      if (ocsp.length + crl.length === 0) return { kind: 'good', until: Infinity };
      const byOcsp = await this.#askResponders(ocsp, context);
      if (byOcsp.kind !== 'unknown' || crl.length === 0) return byOcsp;
      return await this.#askLists(crl, context);
    } catch (error) {
      return unknownStatus(messageOf(error));
    }
  }

  async #askResponders(
    addresses: readonly string[],
    context: StatusContext,
  ): Promise<CertificateStatus> {
    let status = unknownStatus('no OCSP responder is named');
    const body = encodeOcspRequest(context);
    for (const address of addresses) {
      const bytes = await this.#fetch({
        address,
        body,
        maxBytes: MAX_OCSP_BYTES,
        timeoutMs: OCSP_TIMEOUT_MS,
      });
      status = typeof bytes === 'string' ? unknownStatus(bytes) : readOcspStatus(bytes, context);
      if (status.kind !== 'unknown') return status;
    }
    return status;
  }

  /** Each distribution point may hold another part of the revocations: all of them must answer. */
  async #askLists(
    points: readonly (readonly string[])[],
    context: StatusContext,
  ): Promise<CertificateStatus> {
    const statuses: CertificateStatus[] = [];
    for (const addresses of points) {
      const base = await this.#fetchList(addresses, context);
      const lists = typeof base === 'string' ? base : await this.#withChanges(base, context);
      const status =
        typeof lists === 'string' ? unknownStatus(lists) : statusByLists(lists, context);
      if (status.kind === 'revoked') return status;
      statuses.push(status);
    }
    return (
      statuses.find(({ kind }) => kind === 'unknown') ??
      statuses[0] ??
      unknownStatus('no revocation list is named')
    );
  }

  async #withChanges(
    base: RevocationList,
    context: StatusContext,
  ): Promise<readonly RevocationList[] | string> {
    const addresses = freshestPlaces(base);
    if (addresses.length === 0) return [base];
    const delta = await this.#fetchList(addresses, context);
    if (typeof delta === 'string') return delta;
    return isDeltaOf(delta, base)
      ? [base, delta]
      : 'the list of changes does not fit its base list';
  }

  async #fetchList(
    addresses: readonly string[],
    context: StatusContext,
  ): Promise<RevocationList | string> {
    let problem = 'a distribution point has no address';
    for (const address of addresses) {
      const bytes = await this.#fetch({
        address,
        body: undefined,
        maxBytes: MAX_CRL_BYTES,
        timeoutMs: CRL_TIMEOUT_MS,
      });
      const list = typeof bytes === 'string' ? bytes : readRevocationList(bytes, context, address);
      if (typeof list !== 'string') return list;
      problem = list;
    }
    return problem;
  }

  async #fetch(request: RevocationRequest): Promise<Buffer | string> {
    try {
      return await this.#fetcher.fetch(request);
    } catch (error) {
      if (error instanceof RevocationFetchError) return error.message;
      throw error;
    }
  }
}
