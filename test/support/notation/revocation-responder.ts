import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeDer } from '#shared/notation/encode-der.ts';
import {
  bits,
  explicit,
  generalizedTime,
  implicit,
  int,
  nothing,
  octets,
  oid,
  seq,
  validityTime,
} from './asn1.ts';
import {
  extension,
  keyHash,
  type MadeCertificate,
  signatureAlgorithm,
  signX509,
} from './certificate-maker.ts';

/** What a source says of a certificate. */
export interface StatusOptions {
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly from?: number;
  readonly until?: number | undefined;
  readonly invalidFrom?: number;
  /** Signs instead of the issuer; its certificate is sent along. */
  readonly delegate?: MadeCertificate;
  /** The certificate the answer is about, if not the one asked for. */
  readonly about?: MadeCertificate;
}

const FROM = Date.UTC(2030, 0, 1);
const UNTIL = Date.UTC(2035, 0, 1);

/** An OCSP answer (RFC 6960). */
export function makeOcspAnswer(
  certificate: MadeCertificate,
  issuer: MadeCertificate,
  options: StatusOptions = {},
): Buffer {
  const { status = 'good', from = FROM, delegate } = options;
  const until = 'until' in options ? options.until : UNTIL;
  const states = {
    good: implicit(0, Buffer.alloc(0)),
    revoked: explicit(1, generalizedTime(FROM)),
    unknown: implicit(2, Buffer.alloc(0)),
  };
  const sha1 = (bytes: Buffer): Buffer => octets(createHash('sha1').update(bytes).digest());
  const id = seq(
    seq(oid('1.3.14.3.2.26'), nothing),
    sha1(issuer.name),
    octets(keyHash(issuer)),
    int((options.about ?? certificate).serial),
  );
  const single = seq(
    id,
    states[status],
    generalizedTime(from),
    ...(until === undefined ? [] : [explicit(0, generalizedTime(until))]),
    ...(options.invalidFrom === undefined
      ? []
      : [explicit(1, seq(extension('2.5.29.24', false, generalizedTime(options.invalidFrom))))]),
  );
  const signer = delegate ?? issuer;
  const data = seq(explicit(1, signer.name), generalizedTime(from), seq(single));
  const basic = seq(
    data,
    signatureAlgorithm(signer.key),
    bits(signX509(data, signer.key)),
    ...(delegate === undefined ? [] : [explicit(0, seq(delegate.der))]),
  );
  const body = seq(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic));
  return seq(encodeDer(0x0a, Buffer.from([0])), explicit(0, body));
}

/** One entry of a revocation list. */
export interface RevokedEntry {
  readonly certificate: MadeCertificate;
  readonly reason?: number;
  readonly at?: number;
  readonly invalidFrom?: number;
  readonly extensions?: readonly Buffer[];
}

export interface ListOptions {
  readonly until?: number | undefined;
  readonly extensions?: readonly Buffer[];
  readonly signingKey?: MadeCertificate;
}

/** A CRL (RFC 5280 §5). */
export function makeRevocationList(
  issuer: MadeCertificate,
  entries: readonly RevokedEntry[],
  options: ListOptions = {},
): Buffer {
  const until = 'until' in options ? options.until : UNTIL;
  const revoked = entries.map(
    ({ certificate, reason, at = FROM, invalidFrom, extensions = [] }) => {
      const all = [
        ...(reason === undefined
          ? []
          : [extension('2.5.29.21', false, encodeDer(0x0a, Buffer.from([reason])))]),
        ...(invalidFrom === undefined
          ? []
          : [extension('2.5.29.24', false, generalizedTime(invalidFrom))]),
        ...extensions,
      ];
      return seq(
        int(certificate.serial),
        validityTime(at),
        ...(all.length > 0 ? [seq(...all)] : []),
      );
    },
  );
  const signer = options.signingKey ?? issuer;
  const algorithm = signatureAlgorithm(signer.key);
  const tbs = seq(
    int(1),
    algorithm,
    issuer.name,
    validityTime(FROM),
    ...(until === undefined ? [] : [validityTime(until)]),
    ...(revoked.length > 0 ? [seq(...revoked)] : []),
    ...(options.extensions === undefined ? [] : [explicit(0, seq(...options.extensions))]),
  );
  return seq(tbs, algorithm, bits(signX509(tbs, signer.key)));
}

export const CRL_NUMBER = (number: number): Buffer => extension('2.5.29.20', false, int(number));

/** IssuingDistributionPoint with an address or one of its flags (RFC 5280 §5.2.5). */
export function issuingPoint(options: {
  readonly address?: string;
  readonly flag?: number;
}): Buffer {
  const { address, flag } = options;
  const fields = [
    ...(address === undefined ? [] : [explicit(0, explicit(0, implicit(6, Buffer.from(address))))]),
    ...(flag === undefined ? [] : [implicit(flag, Buffer.from([0xff]))]),
  ];
  return extension('2.5.29.28', true, seq(...fields));
}

/** An HTTP server over loopback that answers revocation questions with what it was given. */
export class RevocationResponder {
  readonly #server: Server;
  readonly #answers = new Map<string, Buffer | number | 'hang' | ((body: Buffer) => Buffer)>();
  readonly requests: { readonly path: string; readonly method: string; readonly body: Buffer }[] =
    [];

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const path = request.url ?? '';
        this.requests.push({ path, method: request.method ?? '', body });
        const answer = this.#answers.get(path) ?? 404;
        if (answer === 'hang') return;
        if (typeof answer === 'number')
          response.writeHead(answer, { location: '/elsewhere' }).end();
        else response.end(typeof answer === 'function' ? answer(body) : answer);
      });
    });
  }

  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
  }

  address(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  answer(path: string, answer: Buffer | number | 'hang' | ((body: Buffer) => Buffer)): void {
    this.#answers.set(path, answer);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}
