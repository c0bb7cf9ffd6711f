import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '#shared/base/coded-error.ts';
import type { AdmissionLog, FinishedRequest } from '../observe/admission-log.ts';
import { encodeAnswer, type Stage } from './answer.ts';
import { timeBudget } from './deadline.ts';
import type { Judge } from './judge.ts';
import { readBody } from './read-body.ts';
import { decodeReview } from './review.ts';

/** What the handler of a webhook path needs. */
export interface ReviewHandlerOptions {
  readonly judge: Judge;
  readonly log: AdmissionLog;
}

export type ReviewHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Handles one webhook path: decode, judge in time, encode. Rejects with a {@link ReviewError} where the
 * caller did not send an AdmissionReview.
 */
export function createReviewHandler(stage: Stage, options: ReviewHandlerOptions): ReviewHandler {
  return async function handleReview(request, response) {
    const started = performance.now();
    options.log.started();
    let answered: FinishedRequest['answered'];
    try {
      const review = decodeReview(await readBody(request));
      const decision = await options.judge(review.request, {
        stage,
        budget: timeBudget(timeoutParameter(request.url)),
        onGone: (listener) => onGone(response, listener),
      });
      answered = { review, decision };
      sendJson(response, 200, encodeAnswer(review.uid, decision, stage));
    } finally {
      recordQuietly(() =>
        options.log.finished({ stage, answered, seconds: (performance.now() - started) / 1000 }),
      );
    }
  };
}

/** The answer is out; whatever is wrong with log or metrics must not take the connection with it. */
function recordQuietly(record: () => void): void {
  try {
    record();
  } catch (error) {
    process.emitWarning(`Cannot record an admission request: ${messageOf(error)}`);
  }
}

/**
 * Sends `body` as JSON without the work that Express does for caches. As a string it leaves in one piece
 * with the head: one TLS record, one system call.
 */
export function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** `?timeout=7s` of the API server, without building a URL object for each request. */
function timeoutParameter(url: string | undefined): string | undefined {
  const start = url?.indexOf('?') ?? -1;
  if (url === undefined || start < 0) return undefined;
  return /[?&]timeout=([^&]*)/.exec(url.slice(start))?.[1];
}

/** Calls `listener` when the connection closes before the answer was sent: nobody waits for the work any more. */
function onGone(response: ServerResponse, listener: () => void): void {
  response.once('close', () => {
    if (!response.writableEnded) listener();
  });
}
