import { gzipSync } from 'node:zlib';
import { sha256Digest } from '../base/digest.ts';
import type { Answer, Recording } from './answer.ts';
import { RecordingError } from './recording-error.ts';
import { FORMAT, MAX_RECORDING_BYTES, VERSION } from './recording-format.ts';

/**
 * The bytes of a recording: gzip over JSON lines. First what it is and when it was made, then every content
 * once under its digest, then the answers in order of their questions, last the digest of all that.
 * @throws {RecordingError} `TOO_LARGE`
 */
export function encodeRecording({ recordedAt, answers }: Recording): Buffer {
  const sorted = [...answers].sort(([one], [other]) => (one < other ? -1 : 1));
  const head = {
    format: FORMAT,
    version: VERSION,
    recordedAt: new Date(recordedAt).toISOString(),
  };
  const contents = new Map(
    sorted.flatMap(([, answer]) => ('bytes' in answer ? [[answer.digest, answer.bytes]] : [])),
  );
  const lines = [
    head,
    ...[...contents].map(([content, bytes]) => ({ content, base64: bytes.toString('base64') })),
    ...sorted.map(([question, answer]) => ({ question, answer: withoutBytes(answer) })),
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  if (text.length > MAX_RECORDING_BYTES) {
    throw new RecordingError(
      'TOO_LARGE',
      `Cannot record: found ${text.length} bytes of answers, expected at most ${MAX_RECORDING_BYTES}`,
    );
  }
  return gzipSync(`${text}${JSON.stringify({ end: sha256Digest(text) })}\n`);
}

function withoutBytes(answer: Answer): Omit<Answer, 'bytes'> {
  if (!('bytes' in answer)) return answer;
  const { bytes: _bytes, ...rest } = answer;
  return rest;
}
