import { gunzipSync } from 'node:zlib';
import { messageOf } from '../base/coded-error.ts';
import { type Digest, matchesDigest, sha256Digest, tryParseDigest } from '../base/digest.ts';
import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { Answer, Recording } from './answer.ts';
import { parseAnswer } from './parse-answer.ts';
import { RecordingError } from './recording-error.ts';
import { FORMAT, MAX_RECORDING_BYTES, VERSION } from './recording-format.ts';

/**
 * Reads a recording; everything in it that has a digest is hashed again.
 * @throws {RecordingError} naming the line or the content that is wrong.
 */
export function decodeRecording(bytes: Uint8Array): Recording {
  const text = unpack(bytes);
  const lines = text.split('\n');
  const [head, ...rest] = lines.slice(0, -2).map((line, index) => parseLine(line, index));
  const recordedAt = readHead(head);
  const contents = new Map<Digest, Buffer>();
  const answers = new Map<string, Answer>();
  for (const [index, line] of rest.entries()) {
    const content = stringAt(line, 'content');
    if (content === undefined) {
      const question = stringAt(line, 'question') ?? '';
      const answer = parseAnswer(member(line, 'answer'), contents);
      if (question === '' || answer === undefined)
        throw malformed(`line ${index + 2} is no answer`);
      answers.set(question, answer);
    } else {
      const { digest, bytes } = readContent(content, stringAt(line, 'base64') ?? '');
      contents.set(digest, bytes);
    }
  }
  checkEnd(text, lines.at(-2) ?? '');
  return { recordedAt, answers };
}

function unpack(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_RECORDING_BYTES }).toString('utf8');
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new RecordingError(
        'TOO_LARGE',
        `Cannot read recording: found more than ${MAX_RECORDING_BYTES} bytes, expected fewer`,
        { cause },
      );
    }
    throw malformed(`it is not packed with gzip (${messageOf(cause)})`, cause);
  }
}

function parseLine(line: string, index: number): JsonValue {
  try {
    return parseStrictJson(line);
  } catch (cause) {
    throw malformed(`line ${index + 1} is no JSON`, cause);
  }
}

function readHead(head: JsonValue | undefined): number {
  if (stringAt(head, 'format') !== FORMAT)
    throw malformed(`found no "format": "${FORMAT}" in its first line`);
  const version = member(head, 'version');
  if (version !== VERSION) {
    throw new RecordingError(
      'VERSION',
      `Cannot read recording: found version ${JSON.stringify(version ?? null)}, expected ${VERSION}; record again`,
    );
  }
  const recordedAt = Date.parse(stringAt(head, 'recordedAt') ?? '');
  if (Number.isNaN(recordedAt)) throw malformed('found no time in "recordedAt"');
  return recordedAt;
}

function readContent(name: string, base64: string): { digest: Digest; bytes: Buffer } {
  const digest = tryParseDigest(name);
  if (digest === undefined)
    throw malformed(`found content "${name.slice(0, 80)}", which is no digest`);
  const bytes = Buffer.from(base64, 'base64');
  if (matchesDigest(bytes, digest)) return { digest, bytes };
  throw new RecordingError(
    'TAMPERED',
    `Cannot read recording: content "${digest}" was changed, its bytes have another digest`,
  );
}

/** Tags and lists have no digest of their own: the last line guards them against accidents. */
function checkEnd(text: string, last: string): void {
  const before = text.slice(0, text.length - last.length - 1);
  let end: string | undefined;
  try {
    end = stringAt(parseStrictJson(last), 'end');
  } catch (cause) {
    throw malformed('its last line is missing', cause);
  }
  if (end === undefined || !text.endsWith('\n')) throw malformed('its last line is missing');
  if (end === sha256Digest(before)) return;
  throw new RecordingError(
    'TAMPERED',
    'Cannot read recording: it was changed after it was made; record again',
  );
}

function malformed(why: string, cause?: unknown): RecordingError {
  return new RecordingError('MALFORMED', `Cannot read recording: ${why}`, { cause });
}
