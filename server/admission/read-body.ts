import type { IncomingMessage } from 'node:http';
import { ReviewError } from './review-error.ts';

/**
 * An UPDATE review holds object and oldObject, each at most the 3 MiB that the API server takes from a
 * client, and something around them: 2 × 3 + 1, as controller-runtime has it.
 */
export const MAX_REVIEW_BYTES: number = 7 * 1024 * 1024;

/**
 * The whole body of a JSON request.
 * @throws {ReviewError} `BAD_CONTENT_TYPE`, `TOO_LARGE`, or `BAD_BODY` where the caller went away.
 */
export async function readBody(request: IncomingMessage): Promise<string> {
  requireJson(request.headers['content-type']);
  if (request.headers['content-encoding'] !== undefined) {
    throw new ReviewError(
      'BAD_CONTENT_TYPE',
      `Cannot read the request: its content encoding is "${request.headers['content-encoding']}", none is wanted`,
    );
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > MAX_REVIEW_BYTES) throw tooLarge(request);
  return (await collect(request)).toString('utf8');
}

function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_REVIEW_BYTES) {
        request.removeAllListeners('data');
        reject(tooLarge(request));
      } else chunks.push(chunk);
    });
    request.on('end', () =>
      resolve(chunks.length === 1 ? firstOf(chunks) : Buffer.concat(chunks, size)),
    );
    request.on('error', (cause) =>
      reject(
        new ReviewError('BAD_BODY', 'Cannot read the request: the caller closed the connection', {
          cause,
        }),
      ),
    );
  });
}

function firstOf(chunks: readonly Buffer[]): Buffer {
  return chunks[0] ?? Buffer.alloc(0);
}

function requireJson(contentType: string | undefined): void {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return;
  const found = contentType === undefined ? 'none' : JSON.stringify(contentType.slice(0, 100));
  throw new ReviewError(
    'BAD_CONTENT_TYPE',
    `Cannot read the request: its content type is ${found}, "application/json" is wanted`,
  );
}

/** What is still on its way is read and thrown away, so that the caller gets to see the answer. */
function tooLarge(request: IncomingMessage): ReviewError {
  request.resume();
  return new ReviewError(
    'TOO_LARGE',
    `Cannot read the request: its body is larger than ${MAX_REVIEW_BYTES} bytes, an AdmissionReview is smaller`,
  );
}
