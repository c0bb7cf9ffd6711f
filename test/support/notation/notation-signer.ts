import { constants, type KeyObject, sign } from 'node:crypto';
import { encode, Tag } from 'cbor2';
import { sha256Digest } from '#shared/base/digest.ts';
import { readCertificate } from '#shared/notation/certificate.ts';
import type { TargetArtifact } from '#shared/notation/notation-payload.ts';
import { algorithmOfKey } from '#shared/notation/signature-algorithm.ts';
import type { MadeCertificate } from './certificate-maker.ts';

export type EnvelopeFormat = 'jws' | 'cose';

export const FORMATS: readonly EnvelopeFormat[] = ['jws', 'cose'];

export const ENVELOPE_TYPES: Readonly<Record<EnvelopeFormat, string>> = {
  jws: 'application/jose+json',
  cose: 'application/cose',
};

/** What is signed. */
export const TARGET: TargetArtifact = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256Digest('the image'),
  size: 528,
};

/** When test signatures say they were made. */
export const SIGNING_TIME: number = Date.UTC(2030, 5, 1, 12);

const SCHEME = 'io.cncf.notary.signingScheme';
const SIGNING = 'io.cncf.notary.signingTime';
const AUTHENTIC = 'io.cncf.notary.authenticSigningTime';
const EXPIRY = 'io.cncf.notary.expiry';

/** Headers of either format, before encoding; times are milliseconds. */
export type Headers = Map<string | number, unknown>;

/** What may differ from what notation writes. */
export interface NotationSignOptions {
  /** Other than the test target. */
  readonly target?: Readonly<Record<string, unknown>>;
  readonly scheme?: string;
  readonly signingTime?: number;
  readonly expiry?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** The bytes to sign instead of the usual payload. */
  readonly payload?: Buffer;
  /** Makes a timestamp token over the signature. */
  readonly timestamp?: (signature: Buffer) => Buffer;
  /** Changes the signed headers before they are signed; keys are `alg`, `cty`, `crit` and full names. */
  readonly changeHeaders?: (headers: Headers) => void;
  /** Changes the finished envelope, given as the format's own structure. */
  readonly tamper?: (envelope: Record<string, unknown>) => void;
}

/** The envelope that notation makes for the test target with the first certificate's key. */
export function signNotation(
  format: EnvelopeFormat,
  chain: readonly MadeCertificate[],
  options: NotationSignOptions = {},
): Buffer {
  const [leaf] = chain;
  if (leaf === undefined) throw new Error('a chain needs a signing certificate');
  const payload =
    options.payload ?? usualPayload(options.target ?? { ...TARGET }, options.metadata);
  const parts = { headers: usualHeaders(format, leaf, options), payload, leaf, chain };
  return format === 'jws' ? signJws(parts, options) : signCose(parts, options);
}

interface Parts {
  readonly headers: Headers;
  readonly payload: Buffer;
  readonly leaf: MadeCertificate;
  readonly chain: readonly MadeCertificate[];
}

function usualPayload(
  target: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, string>> | undefined,
): Buffer {
  const annotations = metadata === undefined ? {} : { annotations: metadata };
  return Buffer.from(JSON.stringify({ targetArtifact: { ...target, ...annotations } }));
}

function usualHeaders(
  format: EnvelopeFormat,
  leaf: MadeCertificate,
  options: NotationSignOptions,
): Headers {
  const { scheme = 'notary.x509', signingTime = SIGNING_TIME, expiry } = options;
  const isAuthority = scheme === 'notary.x509.signingAuthority';
  const extra: readonly (readonly [string, unknown])[] =
    expiry === undefined ? [] : [[EXPIRY, encodeTime(format, expiry)]];
  const headers: Headers = new Map<string | number, unknown>([
    ['alg', algorithmOfKey(leaf.key)?.[format]],
    ['cty', options.contentType ?? 'application/vnd.cncf.notary.payload.v1+json'],
    ['crit', [SCHEME, ...(isAuthority ? [AUTHENTIC] : []), ...extra.map(([key]) => key)]],
    [SCHEME, scheme],
    [isAuthority ? AUTHENTIC : SIGNING, encodeTime(format, signingTime)],
    ...extra,
  ]);
  options.changeHeaders?.(headers);
  return headers;
}

/** A time as the format writes it. */
export function encodeTime(format: EnvelopeFormat, time: number): unknown {
  return format === 'jws'
    ? new Date(time).toISOString().replace('.000Z', 'Z')
    : new Tag(1, time / 1000);
}

function signJws({ headers, payload, leaf, chain }: Parts, options: NotationSignOptions): Buffer {
  const header = Buffer.from(JSON.stringify(Object.fromEntries(headers))).toString('base64url');
  const signature = signBytes(Buffer.from(`${header}.${payload.toString('base64url')}`), leaf.key);
  const envelope = {
    payload: payload.toString('base64url'),
    protected: header,
    header: {
      ...(options.timestamp === undefined
        ? {}
        : {
            'io.cncf.notary.timestampSignature': options.timestamp(signature).toString('base64'),
          }),
      x5c: chain.map(({ der }) => der.toString('base64')),
      'io.cncf.notary.signingAgent': 'test/1',
    },
    signature: signature.toString('base64url'),
  };
  options.tamper?.(envelope);
  return Buffer.from(JSON.stringify(envelope));
}

const COSE_LABELS: ReadonlyMap<unknown, number> = new Map([
  ['alg', 1],
  ['crit', 2],
  ['cty', 3],
]);

function signCose({ headers, payload, leaf, chain }: Parts, options: NotationSignOptions): Buffer {
  const labels = new Map([...headers].map(([key, value]) => [COSE_LABELS.get(key) ?? key, value]));
  const header = encode(labels);
  const toSign = encode(['Signature1', header, new Uint8Array(), new Uint8Array(payload)]);
  const signature = signBytes(Buffer.from(toSign), leaf.key);
  const unprotected = new Map<string | number, unknown>([
    [33, chain.map(({ der }) => new Uint8Array(der))],
    ['io.cncf.notary.signingAgent', 'test/1'],
  ]);
  if (options.timestamp !== undefined)
    unprotected.set(
      'io.cncf.notary.timestampSignature',
      new Uint8Array(options.timestamp(signature)),
    );
  const envelope: Record<string, unknown> = {
    tag: 18,
    protected: header,
    unprotected,
    payload: new Uint8Array(payload),
    signature: new Uint8Array(signature),
  };
  options.tamper?.(envelope);
  const { tag, ...members } = envelope;
  return Buffer.from(encode(new Tag(Number(tag), Object.values(members))));
}

/** RSA-PSS or fixed-length ECDSA, as both formats want it. */
function signBytes(bytes: Buffer, key: KeyObject): Buffer {
  const hash = algorithmOfKey(key)?.hash ?? 'sha256';
  if (key.asymmetricKeyType === 'ed25519') return sign(null, bytes, key);
  const options =
    key.asymmetricKeyType === 'rsa'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { dsaEncoding: 'ieee-p1363' as const };
  return sign(hash, bytes, { key, ...options });
}

/** A made certificate as the product reads it. */
export function asRead(made: MadeCertificate): Exclude<ReturnType<typeof readCertificate>, string> {
  const read = readCertificate(made.der);
  if (typeof read === 'string') throw new Error(read);
  return read;
}
