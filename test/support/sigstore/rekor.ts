import {
  type EntryBody,
  type LogEntryJson,
  type LoggedSignature,
  type LogStep,
  canonicalBody,
  canonicalJson,
} from './logged-signature.ts';
import { type InclusionProof, MerkleTree } from './merkle-tree.ts';
import { type RekorV1Kind, rekorV1Body } from './rekor-v1-bodies.ts';
import { type RekorV2Kind, rekorV2Body } from './rekor-v2-bodies.ts';
import { type NoteSigner, checkpoint, noteKeyId } from './signed-note.ts';
import { type KeyType, type SigningKey, createSigningKey } from './signing-key.ts';

interface EntryOptions {
  /** What the log is told instead of the truth. */
  readonly about?: Partial<LoggedSignature>;
  /** Changes the body before it is logged and signed. */
  readonly alterBody?: (body: EntryBody) => EntryBody;
  /** When the log says it was, instead of the time of signing. */
  readonly at?: Date;
  /** Further signatures on the checkpoint, after the log's own: witnesses. */
  readonly witnesses?: readonly NoteSigner[];
  /** Whether witnesses come before the log in the checkpoint. */
  readonly witnessesFirst?: boolean;
}

export interface RekorV1EntryOptions extends EntryOptions {
  /** By default `hashedrekord` for messages, `dsse` for envelopes. */
  readonly kind?: RekorV1Kind;
  /** Signed entry timestamp, inclusion proof, or both as Rekor answers. */
  readonly form?: 'promise' | 'proof' | 'both';
}

export interface RekorV2EntryOptions extends EntryOptions {
  /** `hashedrekord`, over the pre-authentication encoding of envelopes, unless told otherwise. */
  readonly kind?: RekorV2Kind;
}

interface LogIdentity {
  readonly key: SigningKey;
  /** Host name: the name in checkpoints. */
  readonly host: string;
  readonly origin: string;
  readonly logId: Buffer;
  readonly tree: MerkleTree;
}

export interface RekorV1 extends LogIdentity {
  readonly entry: (options?: RekorV1EntryOptions) => LogStep;
}

export interface RekorV2 extends LogIdentity {
  readonly entry: (options?: RekorV2EntryOptions) => LogStep;
}

export interface RekorOptions {
  readonly host?: string;
  readonly keyType?: KeyType;
}

/** Entries of earlier shards of the log: the index that is signed is not the index in the tree. */
const EARLIER_ENTRIES = 1000;

/** Entries of others, so that trees have more than one leaf. */
const OTHER_ENTRIES = 5;

/** A log as Rekor v1 is one: signed entry timestamps and checkpoints. */
export function createRekorV1({ host = 'rekor.test', keyType }: RekorOptions = {}): RekorV1 {
  const key = createSigningKey(keyType);
  const log = createLog({ key, host, origin: `${host} - 1193050959916656506` });
  const entry = (options: RekorV1EntryOptions = {}): LogStep => {
    const { form = 'both' } = options;
    return (signed, at) => {
      const told = { ...signed, ...options.about };
      const usual = told.envelope === undefined ? 'hashedrekord' : 'dsse';
      const body = alter(rekorV1Body(options.kind ?? usual, told), options);
      const { json, proof } = addEntry(log, body, EARLIER_ENTRIES);
      json.integratedTime = String(Math.floor((options.at ?? at).getTime() / 1000));
      if (form !== 'proof')
        json.inclusionPromise = { signedEntryTimestamp: signedEntryTimestamp(log, json) };
      if (form !== 'promise') json.inclusionProof = proofJson(log, proof, options);
      return json;
    };
  };
  return { ...log, entry };
}

/** A log as Rekor v2 is one: checkpoints only, and no time of its own. */
export function createRekorV2(options: RekorOptions = {}): RekorV2 {
  const host = options.host ?? 'log2025-1.rekor.test';
  const log = createLog({
    key: createSigningKey(options.keyType ?? 'ed25519'),
    host,
    origin: host,
  });
  const entry = (options: RekorV2EntryOptions = {}): LogStep => {
    return (signed) => {
      const told = { ...signed, ...options.about };
      const body = alter(rekorV2Body(options.kind ?? 'hashedrekord', told), options);
      const { json, proof } = addEntry(log, body, 0);
      json.inclusionProof = proofJson(log, proof, options);
      return json;
    };
  };
  return { ...log, entry };
}

/** The signature of Rekor v1 over an entry as it is in a bundle: what makes its time true. */
export function signedEntryTimestamp({ key }: { key: SigningKey }, entry: LogEntryJson): string {
  const signed = canonicalJson({
    body: entry.canonicalizedBody,
    integratedTime: Number(entry.integratedTime),
    logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    logIndex: Number(entry.logIndex),
  });
  return key.sign(Buffer.from(signed)).toString('base64');
}

function createLog(names: { key: SigningKey; host: string; origin: string }): LogIdentity {
  const tree = new MerkleTree();
  for (let index = 0; index < OTHER_ENTRIES; index += 1) tree.append(Buffer.from(`other ${index}`));
  return { ...names, tree, logId: noteKeyId({ name: names.host, key: names.key }) };
}

function alter(body: EntryBody, { alterBody }: EntryOptions): EntryBody {
  return alterBody?.(body) ?? body;
}

function addEntry(
  { tree, logId }: LogIdentity,
  body: EntryBody,
  earlier: number,
): { json: LogEntryJson; proof: InclusionProof } {
  const bytes = canonicalBody(body);
  const index = tree.append(bytes);
  tree.append(Buffer.from(`later ${index}`));
  const json: LogEntryJson = {
    logIndex: String(index + earlier),
    logId: { keyId: logId.toString('base64') },
    kindVersion: { kind: body.kind, version: body.version },
    canonicalizedBody: bytes.toString('base64'),
  };
  return { json, proof: tree.prove(index) };
}

function proofJson(
  { origin, host, key }: LogIdentity,
  proof: InclusionProof,
  { witnesses = [], witnessesFirst = false }: EntryOptions,
): NonNullable<LogEntryJson['inclusionProof']> {
  const own = { name: host, key };
  const signers = witnessesFirst ? [...witnesses, own] : [own, ...witnesses];
  return {
    logIndex: String(proof.index),
    rootHash: proof.root.toString('base64'),
    treeSize: String(proof.size),
    hashes: proof.hashes.map((hash) => hash.toString('base64')),
    checkpoint: { envelope: checkpoint(origin, proof, signers) },
  };
}
