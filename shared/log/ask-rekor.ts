import { type Dispatcher, request as send } from 'undici';
import { messageOf } from '../base/coded-error.ts';
import type { JsonValue } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { DeadlineError, withDeadline } from '../registry/deadline.ts';
import type { LogEntry } from '../signature/log-entry.ts';
import {
  LogLookupError,
  type LogLookupErrorCode,
  type LogQuestion,
} from '../signature/log-lookup.ts';
import { readRekorAnswer } from '../signature/rekor-answer.ts';

/** The public log answers in half a second; admission waits for it. Milliseconds. */
const TIMEOUT_MS = 5_000;

/** One entry with its proof has some 4 kB, and there is one for each shard that has it. */
const MAX_BYTES = 256 * 1024;

/** Rekor's own limit for one search. */
const MAX_ENTRIES = 10;

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
): Promise<readonly LogEntry[]> {
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
      if (statusCode === 200) return readAnswer(base, await readText(base, body));
      // Read and thrown away, so that the connection can be used again; never more than a little.
      await body.dump({ limit: MAX_BYTES });
      throw refusal(base, statusCode);
    });
  } catch (cause) {
    if (cause instanceof LogLookupError) throw cause;
    signal.throwIfAborted();
    if (cause instanceof DeadlineError)
      throw failure(base, 'TIMEOUT', `no answer within ${timeoutMs} ms`);
    throw failure(base, 'UNREACHABLE', messageOf(cause), cause);
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

async function readText(base: string, body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw failure(base, 'TOO_LARGE', `the answer has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One entry that cannot be read does not hide a good one; nothing but such is no answer. */
function readAnswer(base: string, text: string): readonly LogEntry[] {
  const read = listOf(base, text).slice(0, MAX_ENTRIES).map(readRekorAnswer);
  const entries = read.filter((entry) => typeof entry !== 'string');
  const fault = read.find((entry) => typeof entry === 'string');
  if (entries.length === 0 && fault !== undefined) throw failure(base, 'MALFORMED', fault);
  return entries;
}

function listOf(base: string, text: string): readonly JsonValue[] {
  let answer: JsonValue;
  try {
    answer = parseStrictJson(text);
  } catch (cause) {
    throw failure(base, 'MALFORMED', messageOf(cause), cause);
  }
  if (!Array.isArray(answer)) throw failure(base, 'MALFORMED', 'the answer is no list of entries');
  return answer as readonly JsonValue[];
}

function refusal(base: string, status: number): LogLookupError {
  if (status === 429) return failure(base, 'RATE_LIMITED', 'the answer is 429 (too many requests)');
  if (status >= 500) return failure(base, 'UNREACHABLE', `the answer is ${status}`);
  return failure(base, 'REFUSED', `the answer is ${status}, expected 200 from a Rekor v1 log`);
}

function failure(
  base: string,
  code: LogLookupErrorCode,
  ...[why, cause]: readonly [string, unknown?]
): LogLookupError {
  const message = `Cannot ask the transparency log ${base}: ${why}`;
  return new LogLookupError(code, message, cause === undefined ? {} : { cause });
}
