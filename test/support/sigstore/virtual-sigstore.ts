import { type Fulcio, type FulcioOptions, type LeafOptions, createFulcio } from './fulcio.ts';
import {
  type RekorOptions,
  type RekorV1,
  type RekorV2,
  createRekorV1,
  createRekorV2,
} from './rekor.ts';
import type { CertificateSigner, Signer } from './signer.ts';
import { type KeyType, type SigningKeyOptions, createSigningKey } from './signing-key.ts';
import {
  type TimestampAuthority,
  type TsaOptions,
  createTimestampAuthority,
} from './timestamp-authority.ts';
import {
  TRUSTED_ROOT_MEDIA_TYPE,
  type TrustedRootJson,
  authorityJson,
  logJson,
} from './trusted-root.ts';

export interface VirtualSigstoreOptions {
  /** When it is, for all that is signed without a time of its own. */
  readonly time?: Date;
  readonly fulcio?: FulcioOptions;
  readonly rekor?: RekorOptions;
  readonly rekorV2?: RekorOptions;
  readonly tsa?: TsaOptions;
}

/** PEM texts as policies hold them. */
export interface SigstorePems {
  readonly fulcioRoot: string;
  /** Issuer first, root last. */
  readonly fulcioChain: string;
  readonly fulcioIntermediates: string;
  readonly ctLog: string;
  readonly rekor: string;
  readonly rekorV2: string;
  readonly tsaRoot: string;
  /** Leaf first, root last. */
  readonly tsaChain: string;
}

/**
 * A Sigstore of one's own: authority, certificate log, transparency logs of both kinds, time-stamp
 * authority, and the trust root that names them. All in process and at any time one likes.
 */
export interface VirtualSigstore {
  readonly time: Date;
  readonly fulcio: Fulcio;
  readonly rekor: RekorV1;
  readonly rekorV2: RekorV2;
  readonly tsa: TimestampAuthority;
  readonly pem: SigstorePems;
  /** A signer with a new key and a certificate, valid for ten minutes from now. */
  readonly keyless: (leaf?: LeafOptions & { readonly at?: Date }) => CertificateSigner;
  /** A new `trusted_root.json`, to be changed at will. */
  readonly trustedRoot: () => TrustedRootJson;
}

/** Long past and long before anything of the double ends: what was signed then is still good. */
export const VIRTUAL_TIME: Date = new Date('2024-06-01T12:00:00Z');

export function createVirtualSigstore(options: VirtualSigstoreOptions = {}): VirtualSigstore {
  const time = options.time ?? VIRTUAL_TIME;
  const fulcio = createFulcio(options.fulcio);
  const rekor = createRekorV1(options.rekor);
  const rekorV2 = createRekorV2(options.rekorV2);
  const tsa = createTimestampAuthority(options.tsa);
  const parts = { fulcio, rekor, rekorV2, tsa };
  const keyless: VirtualSigstore['keyless'] = ({ at = time, ...leaf } = {}) => {
    const { key, certificate } = fulcio.issue(at, leaf);
    const chain = fulcio.chain.certificates.map(({ der }) => der);
    return { kind: 'certificate', key, certificate, chain };
  };
  return { ...parts, time, pem: pemsOf(parts), keyless, trustedRoot: () => trustedRoot(parts) };
}

/** A signer with a bare key. */
export function keySigner(
  type?: KeyType,
  options?: SigningKeyOptions,
): Extract<Signer, { kind: 'key' }> {
  return { kind: 'key', key: createSigningKey(type, options) };
}

type Parts = Pick<VirtualSigstore, 'fulcio' | 'rekor' | 'rekorV2' | 'tsa'>;

function trustedRoot({ fulcio, rekor, rekorV2, tsa }: Parts): TrustedRootJson {
  const { ctLog, secondCtLog } = fulcio;
  return {
    mediaType: TRUSTED_ROOT_MEDIA_TYPE,
    tlogs: [rekor, rekorV2].map(({ host, key, logId }) => logJson(`https://${host}`, key, logId)),
    certificateAuthorities: [authorityJson('https://fulcio.test', fulcio.chain.certificates)],
    ctlogs: [
      logJson('https://ctfe.test/2022', ctLog.key, ctLog.logId),
      logJson('https://ctfe.test/second', secondCtLog.key, secondCtLog.logId),
    ],
    timestampAuthorities: [authorityJson('https://timestamp.test', tsa.certificates)],
  };
}

function pemsOf({ fulcio, rekor, rekorV2, tsa }: Parts): SigstorePems {
  return {
    fulcioRoot: fulcio.chain.root.certificate.pem,
    fulcioChain: fulcio.chain.pem,
    fulcioIntermediates: fulcio.chain.intermediates
      .map(({ certificate }) => certificate.pem)
      .join(''),
    ctLog: fulcio.ctLog.key.publicKeyPem,
    rekor: rekor.key.publicKeyPem,
    rekorV2: rekorV2.key.publicKeyPem,
    tsaRoot: tsa.chain.root.certificate.pem,
    tsaChain: tsa.certificates.map(({ pem }) => pem).join(''),
  };
}
