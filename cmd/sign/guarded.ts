import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest, IncomingMessage } from 'node:http';

/** Certificates, log entries and timestamps have some ten thousand bytes at most. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Node's own channels ("Diagnostics Channel", HTTP): before a request is sent, and when an answer begins. */
const REQUEST_CREATED = 'http.client.request.created';
const RESPONSE_BEGUN = 'http.client.response.finish';

/**
 * Lets the signing package speak to the named services only, and read answers of a bounded size only. It follows
 * redirects with the identity token in its hands, and reads answers that never end, and has no setting for either.
 * @throws what `work` throws, which a request that was stopped makes it throw.
 */
export async function guarded<Value>(
  urls: readonly string[],
  work: () => Promise<Value>,
): Promise<Value> {
  const origins = new Set(urls.map((url) => new URL(url).origin));
  const onRequest = (message: unknown): void => {
    const request = part(message, 'request');
    if (!(request instanceof ClientRequest)) return;
    const origin = originOf(request);
    if (!origins.has(origin))
      request.destroy(new Error(`it redirects to ${origin}, and redirects are not followed`));
  };
  subscribe(REQUEST_CREATED, onRequest);
  subscribe(RESPONSE_BEGUN, limitAnswer);
  try {
    return await work();
  } finally {
    unsubscribe(REQUEST_CREATED, onRequest);
    unsubscribe(RESPONSE_BEGUN, limitAnswer);
  }
}

function limitAnswer(message: unknown): void {
  const response = part(message, 'response');
  if (!(response instanceof IncomingMessage)) return;
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      response.destroy(new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`));
  });
}

/** The Host header has the port too, where it is not the usual one. */
function originOf(request: ClientRequest): string {
  const url = `${request.protocol}//${String(request.getHeader('host'))}`;
  return URL.parse(url)?.origin ?? url;
}

function part(message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
}
