/** What a request is for; the label that metrics carry. */
export type RegistryOperation =
  'resolve-tag' | 'manifest' | 'blob' | 'referrers' | 'token' | 'push';

/** One HTTP request to a registry or its token endpoint. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Bytes of a successful answer; more is an error. */
  readonly maxBytes: number;
  readonly operation: RegistryOperation;
  /** For messages, after "Cannot": `resolve tag "1.0" of "ghcr.io/acme/app"`. */
  readonly action: string;
}

/** An answer whose body has been read within its limit. */
export interface HttpResponse {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** Whether a redirect left the origin that was asked. */
  readonly leftOrigin: boolean;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Sends one request and reads its answer; no redirects, no retries. */
export type Exchange = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** Media type of the answer without parameters, lower case. */
export function contentType(response: HttpResponse): string | undefined {
  const [type] = (response.headers.get('content-type') ?? '').split(';', 1);
  const trimmed = type?.trim().toLowerCase();
  return trimmed === '' ? undefined : trimmed;
}
