import { decodeBase64 } from '../base/base64.ts';
import { isCount, isJsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import {
  type InclusionPromise,
  type InclusionProof,
  isTime,
  limitedEntry,
  type LogEntry,
  MAX_PROOF_HASHES,
} from './log-entry.ts';

/**
 * One entry as Rekor v1 answers it: `{ "<uuid>": { body, logID, … } }` (Rekor's OpenAPI `LogEntry`). The uuid
 * is not looked at: what the entry is about is read from its body, and whether it was logged from its proof.
 * @returns the reason as a string where it is none.
 */
export function readRekorAnswer(answer: JsonValue): LogEntry | string {
  const [entry, ...more] = isJsonObject(answer) ? Object.values(answer) : [];
  if (entry === undefined || more.length > 0) return 'answer does not hold one log entry';
  return readEntry(entry);
}

function readEntry(entry: JsonValue): LogEntry | string {
  const body = decodeBase64(stringAt(entry, 'body') ?? '');
  const logId = stringAt(entry, 'logID') ?? '';
  const index = member(entry, 'logIndex');
  if (body === undefined) return 'log entry has no body';
  if (!/^[0-9a-f]{64}$/.test(logId)) return 'log entry has no logID';
  if (!isCount(index)) return 'log entry has no logIndex';
  const promise = readPromise(entry);
  if (typeof promise === 'string') return promise;
  const proof = readProof(member(member(entry, 'verification'), 'inclusionProof'));
  if (typeof proof === 'string') return proof;
  return limitedEntry({ logId, logIndex: BigInt(index), kind: undefined, body, promise, proof });
}

function readPromise(entry: JsonValue): InclusionPromise | string | undefined {
  const text = stringAt(entry, 'verification', 'signedEntryTimestamp');
  if (text === undefined) return undefined;
  const signedEntryTimestamp = decodeBase64(text);
  const integratedTime = member(entry, 'integratedTime');
  if (signedEntryTimestamp === undefined || !isTime(integratedTime))
    return 'log entry has a malformed signedEntryTimestamp or integratedTime';
  return { integratedTime, signedEntryTimestamp };
}

function readProof(proof: JsonValue | undefined): InclusionProof | string | undefined {
  if (proof === undefined) return undefined;
  const leafIndex = member(proof, 'logIndex');
  const treeSize = member(proof, 'treeSize');
  const list = member(proof, 'hashes');
  const hashes: readonly JsonValue[] = Array.isArray(list) ? list : [];
  if (!isCount(leafIndex) || !isCount(treeSize))
    return 'inclusion proof has a malformed index or tree size';
  if (hashes.length > MAX_PROOF_HASHES)
    return `inclusion proof has more than ${MAX_PROOF_HASHES} hashes`;
  const rootHash = decodeHash(member(proof, 'rootHash'));
  const decoded = hashes.map(decodeHash);
  const good = decoded.filter((hash) => hash !== undefined);
  if (rootHash === undefined || good.length < decoded.length)
    return 'inclusion proof has a malformed hash';
  return {
    leafIndex: BigInt(leafIndex),
    treeSize: BigInt(treeSize),
    rootHash,
    hashes: good,
    checkpoint: stringAt(proof, 'checkpoint'),
  };
}

function decodeHash(hash: JsonValue | undefined): Buffer | undefined {
  return typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)
    ? Buffer.from(hash, 'hex')
    : undefined;
}
