import { decodeBase64 } from '../base/base64.ts';
import { messageOf } from '../base/coded-error.ts';
import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { LogEntry } from '../signature/log-entry.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';

/** What a log entry says was logged, whatever its kind. */
export interface LoggedSignature {
  /** What the digest is over: the signed bytes, an envelope's payload, or the whole envelope as stored. */
  readonly over: 'signed-bytes' | 'payload' | 'envelope';
  readonly algorithm: string;
  readonly digest: Buffer;
  /** Every form that the kind's entries hold it in; undefined for the one kind that holds none. */
  readonly signatures: readonly Buffer[] | undefined;
  /** DER of the signer's certificate or public key. */
  readonly verifier: Buffer;
}

type Fields = Omit<LoggedSignature, 'digest' | 'algorithm' | 'verifier'> & {
  readonly algorithm: string | undefined;
  readonly digest: Buffer | undefined;
  readonly verifier: Buffer | undefined;
};

/** Every kind that Rekor v1 and v2 have been given signatures in; `kind/version` of the body decides. */
const READERS: Readonly<Record<string, (spec: JsonValue | undefined) => Fields>> = {
  'hashedrekord/0.0.1': (spec) => ({
    over: 'signed-bytes',
    ...hexHash(member(member(spec, 'data'), 'hash')),
    signatures: known(base64At(spec, 'signature', 'content')),
    verifier: pemAt(spec, 'signature', 'publicKey', 'content'),
  }),
  'rekord/0.0.1': (spec) => ({
    over: 'signed-bytes',
    ...hexHash(member(member(spec, 'data'), 'hash')),
    signatures: known(base64At(spec, 'signature', 'content')),
    verifier: pemAt(spec, 'signature', 'publicKey', 'content'),
  }),
  'dsse/0.0.1': (spec) => {
    const signature = onlyItem(member(spec, 'signatures'));
    return {
      over: 'payload',
      ...hexHash(member(spec, 'payloadHash')),
      signatures: known(base64At(signature, 'signature')),
      verifier: pemAt(signature, 'verifier'),
    };
  },
  'intoto/0.0.2': (spec) => {
    const content = member(spec, 'content');
    const signature = onlyItem(member(member(content, 'envelope'), 'signatures'));
    return {
      over: 'payload',
      ...hexHash(member(content, 'payloadHash')),
      signatures: onceOrTwice(base64At(signature, 'sig')),
      verifier: pemAt(signature, 'publicKey'),
    };
  },
  'intoto/0.0.1': (spec) => ({
    over: 'envelope',
    ...hexHash(member(member(spec, 'content'), 'hash')),
    signatures: undefined,
    verifier: pemAt(spec, 'publicKey'),
  }),
  'hashedrekord/0.0.2': (spec) => {
    const entry = member(spec, 'hashedRekordV002');
    const signature = member(entry, 'signature');
    return {
      over: 'signed-bytes',
      ...base64Hash(member(entry, 'data')),
      signatures: known(base64At(signature, 'content')),
      verifier: verifierOf(member(signature, 'verifier')),
    };
  },
  'dsse/0.0.2': (spec) => {
    const entry = member(spec, 'dsseV002');
    const signature = onlyItem(member(entry, 'signatures'));
    return {
      over: 'payload',
      ...base64Hash(member(entry, 'payloadHash')),
      signatures: known(base64At(signature, 'content')),
      verifier: verifierOf(member(signature, 'verifier')),
    };
  },
};

/** Reads the logged document. What the bundle claims its kind to be must be what it says itself. */
export function readLogBody({ body, kind }: LogEntry): LoggedSignature | EvidenceProblem {
  let document: JsonValue;
  try {
    document = parseStrictJson(body.toString('utf8'));
  } catch (error) {
    return problem('LOG_BODY_MALFORMED', `log entry cannot be read: ${messageOf(error)}`);
  }
  const found = `${stringAt(document, 'kind')}/${stringAt(document, 'apiVersion')}`;
  const claimed = kind === undefined ? found : `${kind.kind}/${kind.version}`;
  if (found !== claimed)
    return problem('LOG_BODY_KIND', `log entry is of kind ${found}, the bundle says ${claimed}`);
  const reader = Object.hasOwn(READERS, found) ? READERS[found] : undefined;
  if (reader === undefined)
    return problem('LOG_BODY_KIND', `log entry is of kind ${found}, which is not known`);
  const logged = complete(reader(member(document, 'spec')));
  return (
    logged ??
    problem('LOG_BODY_MALFORMED', `log entry of kind ${found} lacks digest, signature or signer`)
  );
}

function complete({
  over,
  algorithm,
  digest,
  signatures,
  verifier,
}: Fields): LoggedSignature | undefined {
  if (algorithm === undefined || digest === undefined || verifier === undefined) return undefined;
  return signatures?.length === 0 ? undefined : { over, algorithm, digest, signatures, verifier };
}

type Hash = Pick<Fields, 'algorithm' | 'digest'>;

/** Rekor v1: `{ algorithm: "sha256", value: hex }`. */
function hexHash(hash: JsonValue | undefined): Hash {
  const value = stringAt(hash, 'value') ?? '';
  const isHex = /^(?:[0-9a-f]{2})+$/i.test(value);
  return {
    algorithm: stringAt(hash, 'algorithm'),
    digest: isHex ? Buffer.from(value, 'hex') : undefined,
  };
}

/** Rekor v2: `{ algorithm: "SHA2_256", digest: base64 }`. */
function base64Hash(hash: JsonValue | undefined): Hash {
  const algorithm = stringAt(hash, 'algorithm')?.replace(/^SHA2_/, 'sha');
  return { algorithm, digest: base64At(hash, 'digest') };
}

function base64At(value: JsonValue | undefined, ...path: readonly string[]): Buffer | undefined {
  const bytes = decodeBase64(stringAt(value, ...path) ?? '');
  return bytes?.length === 0 ? undefined : bytes;
}

function known(signature: Buffer | undefined): readonly Buffer[] {
  return signature === undefined ? [] : [signature];
}

/** intoto 0.0.2 holds base64 of base64; some writers encoded once. */
function onceOrTwice(signature: Buffer | undefined): readonly Buffer[] {
  if (signature === undefined) return [];
  return [signature, ...known(decodeBase64(signature.toString('latin1')))];
}

/** The item of a list of one: an entry with several signatures says nothing about which is whose. */
function onlyItem(list: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(list) && list.length === 1 ? (list as readonly JsonValue[])[0] : undefined;
}

/** Rekor v1 holds base64 of PEM. */
function pemAt(value: JsonValue | undefined, ...path: readonly string[]): Buffer | undefined {
  const pem = base64At(value, ...path)?.toString('latin1') ?? '';
  const match =
    /^\s*-----BEGIN (CERTIFICATE|PUBLIC KEY)-----([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(pem);
  return decodeBase64((match?.[2] ?? '').replaceAll(/\s/g, ''));
}

function verifierOf(verifier: JsonValue | undefined): Buffer | undefined {
  const certificate = base64At(verifier, 'x509Certificate', 'rawBytes');
  return certificate ?? base64At(verifier, 'publicKey', 'rawBytes');
}
