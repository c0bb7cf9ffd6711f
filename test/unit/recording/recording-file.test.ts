import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sha256Digest } from '#shared/base/digest.ts';
import type { Answer, Recording } from '#shared/recording/answer.ts';
import { decodeRecording } from '#shared/recording/decode-recording.ts';
import { encodeRecording } from '#shared/recording/encode-recording.ts';
import { RecordingError, type RecordingErrorCode } from '#shared/recording/recording-error.ts';
import { MAX_RECORDING_BYTES } from '#shared/recording/recording-format.ts';

const bytes = Buffer.from('{"schemaVersion":2}');
const digest = sha256Digest(bytes);
const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 19 };

const ANSWERS: readonly (readonly [string, Answer])[] = [
  ['a blob', { kind: 'content', digest, bytes }],
  ['a key', { kind: 'keys', keys: [{ pem: 'PEM', hash: 'sha512' }] }],
  ['a key without hash', { kind: 'keys', keys: [{ pem: 'PEM', hash: undefined }] }],
  ['a manifest', { kind: 'manifest', mediaType: descriptor.mediaType, digest, bytes }],
  ['a missing tag', { kind: 'absent' }],
  ['a refusal', { kind: 'refusal', code: 'NOT_FOUND', message: 'Cannot find it' }],
  [
    'referrers',
    {
      kind: 'referrers',
      source: 'fallback-tag',
      descriptors: [{ ...descriptor, artifactType: 'x/y', annotations: { a: 'b' } }],
    },
  ],
  ['a tag', { kind: 'descriptor', descriptor }],
];

const recording: Recording = {
  recordedAt: Date.parse('2026-11-21T10:00:00Z'),
  answers: new Map(ANSWERS),
};

function textOf(file: Buffer): string {
  return gunzipSync(file).toString('utf8');
}

/** A recording whose text was changed, its last line left as it was or made to fit. */
function changed(change: (text: string) => string, fits: 'fits' | 'stays'): Buffer {
  const text = change(textOf(encodeRecording(recording)));
  if (fits === 'stays') return gzipSync(text);
  const before = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
  return gzipSync(`${before}${JSON.stringify({ end: sha256Digest(before) })}\n`);
}

test('encodeRecording: every kind of answer comes back as it was, with the recorded time', () => {
  assert.deepEqual(decodeRecording(encodeRecording(recording)), recording);
});

test('encodeRecording: the same answers make the same bytes, whatever order they came in', () => {
  const reversed = { ...recording, answers: new Map(ANSWERS.toReversed()) };
  assert.deepEqual(encodeRecording(reversed), encodeRecording(recording));
});

test('encodeRecording: content that several questions have in common is stored once', () => {
  const text = textOf(encodeRecording(recording));
  assert.equal(text.split(bytes.toString('base64')).length, 2);
});

test('encodeRecording: refuses more than the limit', () => {
  const large = Buffer.alloc(MAX_RECORDING_BYTES);
  const answer: Answer = { kind: 'content', digest: sha256Digest(large), bytes: large };
  const answers = new Map([['large', answer]]);
  assert.throws(() => encodeRecording({ recordedAt: 0, answers }), { code: 'TOO_LARGE' });
});

const BROKEN: readonly (readonly [string, Buffer, RecordingErrorCode, RegExp])[] = [
  ['no gzip', Buffer.from('{}'), 'MALFORMED', /not packed with gzip/],
  ['an empty file', Buffer.alloc(0), 'MALFORMED', /not packed with gzip|first line/],
  ['another format', gzipSync('{"format":"tar"}\n{}\n'), 'MALFORMED', /no "format"/],
  ['empty text', gzipSync(''), 'MALFORMED', /no "format"/],
  [
    'a version of the future',
    changed((text) => text.replace('"version":1', '"version":2'), 'fits'),
    'VERSION',
    /found version 2, expected 1; record again/,
  ],
  [
    'no time',
    changed((text) => text.replace('2026-11-21T', 'yesterday '), 'fits'),
    'MALFORMED',
    /no time in "recordedAt"/,
  ],
  [
    'a changed blob, even with a last line that fits',
    changed(
      (text) => text.replace(bytes.toString('base64'), Buffer.from('{}').toString('base64')),
      'fits',
    ),
    'TAMPERED',
    new RegExp(`content "${digest}" was changed`),
  ],
  [
    'a manifest under another digest',
    changed((text) => text.replaceAll(digest, `sha256:${'0'.repeat(64)}`), 'fits'),
    'TAMPERED',
    /content "sha256:0{64}" was changed/,
  ],
  [
    'a content that is not there',
    changed((text) => text.replace(/^\{"content".*\n/m, ''), 'fits'),
    'MALFORMED',
    /line 2 is no answer/,
  ],
  [
    'a tag that was moved by hand',
    changed((text) => text.replace('"size":19', '"size":20'), 'stays'),
    'TAMPERED',
    /changed after it was made/,
  ],
  [
    'an unknown kind of answer',
    changed((text) => text.replace('"absent"', '"maybe"'), 'fits'),
    'MALFORMED',
    /is no answer/,
  ],
  [
    'a line that is no JSON',
    changed((text) => text.replace('"absent"', 'absent'), 'fits'),
    'MALFORMED',
    /line \d+ is no JSON/,
  ],
  [
    'an end that is cut off',
    gzipSync(textOf(encodeRecording(recording)).slice(0, -20)),
    'MALFORMED',
    /last line is missing/,
  ],
  [
    'more text than any recording has',
    gzipSync(Buffer.alloc(MAX_RECORDING_BYTES + 1)),
    'TOO_LARGE',
    /more than \d+ bytes/,
  ],
];

for (const [what, file, code, message] of BROKEN) {
  test(`decodeRecording: refuses ${what} with ${code}`, () => {
    assert.throws(
      () => decodeRecording(file),
      (error) =>
        error instanceof RecordingError && error.code === code && message.test(error.message),
    );
  });
}
