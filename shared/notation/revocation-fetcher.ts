import { readBody } from '../base/read-body.ts';
import { CodedError, messageOf } from '../base/coded-error.ts';

export type RevocationFetchErrorCode = 'BAD_ADDRESS' | 'UNREACHABLE' | 'BAD_STATUS' | 'TOO_LARGE';

/** A revocation server that gave no answer that could be used. */
export class RevocationFetchError extends CodedError<RevocationFetchErrorCode> {}

export interface RevocationRequest {
  readonly address: string;
  /** An OCSP request to be posted; without one the address is read. */
  readonly body: Buffer | undefined;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Talks to revocation servers. */
export interface RevocationFetcher {
  /** The answer's bytes. @throws {RevocationFetchError} */
  fetch(request: RevocationRequest): Promise<Buffer>;
}

/** Revocation over plain HTTP, which is what certificates name: the answers are signed themselves. */
export const httpRevocationFetcher: RevocationFetcher = { fetch: fetchOverHttp };

async function fetchOverHttp(request: RevocationRequest): Promise<Buffer> {
  const { address, body, timeoutMs } = request;
  const url = URL.parse(address);
  if (url?.protocol !== 'http:')
    throw fail('BAD_ADDRESS', address, {
      what: 'expected an address that starts with "http://"',
    });
  try {
    const response = await fetch(url, {
      // A redirect would lead to a place that no certificate names.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: OCSP_HEADERS, body: new Uint8Array(body) }),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw fail('BAD_STATUS', address, { what: `it answered with status ${response.status}` });
    }
    return await readLimited(response, request);
  } catch (cause) {
    if (cause instanceof RevocationFetchError) throw cause;
    throw fail('UNREACHABLE', address, {
      what: `it cannot be reached (${messageOf(cause)})`,
      cause,
    });
  }
}

const OCSP_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/ocsp-request',
};

function readLimited(
  { body }: Response,
  { maxBytes, address }: RevocationRequest,
): Promise<Buffer> {
  return readBody((body ?? []) as AsyncIterable<Uint8Array>, maxBytes, () =>
    fail('TOO_LARGE', address, { what: `it sent more than ${maxBytes} bytes` }),
  );
}

function fail(
  code: RevocationFetchErrorCode,
  address: string,
  { what, cause }: { readonly what: string; readonly cause?: unknown },
): RevocationFetchError {
  const shown = JSON.stringify(address.slice(0, 200));
  return new RevocationFetchError(code, `Cannot ask revocation server ${shown}: ${what}`, {
    cause,
  });
}
