import { createHash } from 'node:crypto';
import { decodeBase64 } from '../base/base64.ts';
import { type LogKey, noteKeyId } from '../trust/log-key.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';
import { verifyLogSignature } from './log-signature.ts';

/** What a log says about its tree, once its signature was verified (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: bigint;
  readonly rootHash: Buffer;
}

/** Origin, size, hash, a few lines more, and one signature a witness: a few kilobytes at most. */
const MAX_CHECKPOINT_LENGTH = 16 * 1024;

/** The log's own and its witnesses'. */
const MAX_SIGNATURES = 32;

/** Only signatures whose key hint fits the log's key are checked; a few may by chance or rotation. */
const MAX_CHECKED = 4;

/** `— name base64(hint, signature)`: an em dash, then blanks between (C2SP signed-note). */
const SIGNATURE_LINE = /^\u2014 (\S+) ([A-Za-z0-9+/=]+)$/;

const HINT_BYTES = 4;

/**
 * Verifies a checkpoint with the key of the log that the entry names. The name in the signature line is not
 * compared: logs that are hosted by oneself sign with their pod's host name. Signatures by others are passed over.
 */
export function verifyCheckpoint(note: string, log: LogKey): Checkpoint | EvidenceProblem {
  const end = note.indexOf('\n\n');
  if (note.length > MAX_CHECKPOINT_LENGTH || end < 0)
    return problem('LOG_CHECKPOINT_MALFORMED', 'checkpoint is not a signed note');
  const text = note.slice(0, end + 1);
  const checkpoint = readCheckpoint(text);
  if (checkpoint === undefined)
    return problem('LOG_CHECKPOINT_MALFORMED', 'checkpoint has no origin, tree size or root hash');
  const lines = note.slice(end + 2).split('\n', MAX_SIGNATURES);
  const candidates = lines.flatMap((line) => signaturesFor(line, log)).slice(0, MAX_CHECKED);
  const data = Buffer.from(text);
  if (candidates.some((signature) => verifyLogSignature(data, signature, log.key)))
    return checkpoint;
  return problem('LOG_CHECKPOINT_INVALID', `checkpoint was not signed by the log ${log.url}`);
}

function readCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', hash = ''] = text.split('\n');
  const rootHash = decodeBase64(hash);
  const isComplete = origin !== '' && /^(?:0|[1-9][0-9]{0,18})$/.test(size);
  if (!isComplete || rootHash?.length !== 32) return undefined;
  return { origin, treeSize: BigInt(size), rootHash };
}

/** The signature of a line, if it says that it was made with this log's key. */
function signaturesFor(line: string, log: LogKey): readonly Buffer[] {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (bytes === undefined || bytes.length <= HINT_BYTES) return [];
  const hint = bytes.toString('hex', 0, HINT_BYTES);
  const ids = [...log.ids, noteKeyId(log, name) ?? '', rsaNoteKeyId(log, name)];
  return ids.some((id) => id.startsWith(hint)) ? [bytes.subarray(HINT_BYTES)] : [];
}

/** RSA keys have an identifier of their own in notes (sigstore trust root specification, `checkpoint_key_id`). */
function rsaNoteKeyId({ key, spki }: LogKey, name: string): string {
  if (key.asymmetricKeyType !== 'rsa') return '';
  const head = Buffer.from(`${name}\n\u00ffPKIX-RSA-PKCS#1v1.5`, 'latin1');
  return createHash('sha256').update(head).update(spki).digest('hex');
}
