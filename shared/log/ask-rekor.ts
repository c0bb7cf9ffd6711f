import { type Dispatcher, request as send } from 'undici';
import { readBody } from '../base/read-body.ts';
import { messageOf } from '../base/coded-error.ts';
import { DeadlineError, withDeadline } from '../registry/deadline.ts';
import { LogLookupError, type LogQuestion } from '../signature/log-lookup.ts';
import { logFailure } from './log-failure.ts';

/** The public log answers in half a second; admission waits for it. Milliseconds. */
const TIMEOUT_MS = 5_000;

/** One entry with its proof has some 4 kB, and there is one for each shard that has it. */
const MAX_BYTES = 256 * 1024;

export interface RekorOptions {
  /** How requests leave the process. */
  readonly dispatcherFor: (url: URL) => Dispatcher;
  /** For one question with its whole answer; {@link TIMEOUT_MS} by default. */
  readonly timeoutMs?: number;
}

/**
 * Searches the log by the entry that cosign would have uploaded (Rekor v1's OpenAPI, `searchLogQuery`). No
 * redirect is followed, and nothing of a refusal's text is repeated: a policy may name any host.
 * @param base address of the log, without a slash at its end.
 * @throws {LogLookupError}
 */
export async function askRekor(
  base: string,
  question: LogQuestion,
  {
    dispatcherFor,
    timeoutMs = TIMEOUT_MS,
    signal,
  }: RekorOptions & { readonly signal: AbortSignal },
): Promise<Buffer> {
  const url = new URL(`${base}/api/v1/log/entries/retrieve`);
  try {
    return await withDeadline(signal, timeoutMs, async (inTime) => {
      const { statusCode, body } = await send(url, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify({ entries: question.verifiers.map((pem) => proposal(question, pem)) }),
        dispatcher: dispatcherFor(url),
        signal: inTime,
      });
      if (statusCode === 200) return readBytes(base, body);
      // Read and thrown away, so that the connection can be used again; never more than a little.
      await body.dump({ limit: MAX_BYTES });
      throw refusal(base, statusCode);
    });
  } catch (cause) {
    if (cause instanceof LogLookupError) throw cause;
    signal.throwIfAborted();
    if (cause instanceof DeadlineError)
      throw logFailure(base, 'TIMEOUT', `no answer within ${timeoutMs} ms`);
    throw logFailure(base, 'UNREACHABLE', messageOf(cause), cause);
  }
}

/** A `hashedrekord` 0.0.1 entry: Rekor makes it canonical and looks for its hash. */
function proposal({ hash, signature }: LogQuestion, pem: string): object {
  const { algorithm, digest } = hash;
  return {
    kind: 'hashedrekord',
    apiVersion: '0.0.1',
    spec: {
      data: { hash: { algorithm, value: digest.toString('hex') } },
      signature: {
        content: signature.toString('base64'),
        publicKey: { content: Buffer.from(pem).toString('base64') },
      },
    },
  };
}

function readBytes(base: string, body: AsyncIterable<Buffer>): Promise<Buffer> {
  return readBody(body, MAX_BYTES, () =>
    logFailure(base, 'TOO_LARGE', `the answer has more than ${MAX_BYTES} bytes`),
  );
}

function refusal(base: string, status: number): LogLookupError {
  if (status === 429)
    return logFailure(base, 'RATE_LIMITED', 'the answer is 429 (too many requests)');
  if (status >= 500) return logFailure(base, 'UNREACHABLE', `the answer is ${status}`);
  return logFailure(base, 'REFUSED', `the answer is ${status}, expected 200 from a Rekor v1 log`);
}
