import { createHash } from 'node:crypto';
import { type Der, DerError, readDer } from './der.ts';
import { HASHES } from './x509-signature.ts';
import { smallInteger } from './der-integer.ts';
import { expectTag, sequence, TAG } from './der-tag.ts';
import { oidOf, timeOf } from './der-values.ts';

/** When a signature existed, as its timestamp says: between `from` and `to`, in milliseconds. */
export interface TimestampRange {
  readonly from: number;
  readonly to: number;
}

/** RFC 3628 §5.2: the baseline policy promises an accuracy of one second where the token says nothing. */
const BASELINE_POLICY = '0.4.0.2023.1.1';
const BASELINE_ACCURACY = 1000;

/** RFC 3161 §2.4.2: what each part of Accuracy counts, in milliseconds. */
const ACCURACY_UNITS: ReadonlyMap<number, number> = new Map([
  [TAG.integer, 1000],
  [0x80, 1],
  [0x81, 0.001],
]);

/**
 * Reads a TSTInfo that must be about `message`.
 * @returns undefined if it is about other bytes.
 * @throws {DerError}
 */
export function readTimestampInfo(content: Buffer, message: Buffer): TimestampRange | undefined {
  const [version, policy, imprint, serial, generated, ...rest] = sequence(readDer(content));
  if (smallInteger(version) !== 1) throw new DerError('the timestamp is not of version 1');
  expectTag(serial, TAG.integer);
  if (!isImprintOf(message, imprint)) return undefined;
  const accuracy = rest[0]?.tag === TAG.sequence ? readAccuracy(rest[0]) : 0;
  const margin =
    accuracy === 0 && oidOf(policy) === BASELINE_POLICY ? BASELINE_ACCURACY : Math.ceil(accuracy);
  const time = timeOf(expectTag(generated, TAG.generalizedTime));
  return { from: time - margin, to: time + margin };
}

function isImprintOf(message: Buffer, imprint: Der | undefined): boolean {
  const [algorithm, hashed] = sequence(imprint);
  const [id] = sequence(algorithm);
  const hash = HASHES.get(oidOf(id));
  if (hash === undefined) throw new DerError('the timestamp does not use SHA-256, 384 or 512');
  return createHash(hash)
    .update(message)
    .digest()
    .equals(expectTag(hashed, TAG.octetString).content);
}

function readAccuracy(element: Der): number {
  let milliseconds = 0;
  for (const part of sequence(element)) {
    const unit = ACCURACY_UNITS.get(part.tag);
    if (unit === undefined) throw new DerError('the accuracy is malformed');
    milliseconds += unit * smallInteger({ ...part, tag: TAG.integer });
  }
  return milliseconds;
}
