import type { SigningScheme } from './envelope.ts';
import { failure, isFailure, type NotationFailure } from './notation-reason.ts';
import { algorithmNamed, type SignatureAlgorithm } from './signature-algorithm.ts';

/** signature-envelope-jws.md and -cose.md: names of the Notary Project's own signed headers. */
const HEADER: Readonly<
  Record<'scheme' | 'signingTime' | 'authenticSigningTime' | 'expiry', string>
> = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
};

const UNDERSTOOD: ReadonlySet<unknown> = new Set(Object.values(HEADER));

const PLUGIN_PREFIX = 'io.cncf.notary.verificationPlugin';

/** The signed headers of an envelope, by label, with the values its format gives them. */
export interface RawHeaders {
  readonly algorithm: unknown;
  readonly contentType: unknown;
  readonly critical: unknown;
  /** All signed headers. */
  readonly all: ReadonlyMap<unknown, unknown>;
  /** Milliseconds of a time in the envelope's format; undefined if it is none. */
  readonly readTime: (value: unknown) => number | undefined;
}

export interface SignedHeaders {
  readonly algorithm: SignatureAlgorithm;
  readonly contentType: string;
  readonly scheme: SigningScheme;
  readonly signingTime: number;
  readonly expiry: number | undefined;
}

/** Which time header each scheme has, and which must not be there. */
const SCHEMES: Readonly<Record<SigningScheme, { time: string; foreign: string }>> = {
  'notary.x509': { time: HEADER.signingTime, foreign: HEADER.authenticSigningTime },
  'notary.x509.signingAuthority': {
    time: HEADER.authenticSigningTime,
    foreign: HEADER.signingTime,
  },
};

/** The rules on signed headers that both envelope formats share. */
export function readHeaders(raw: RawHeaders): SignedHeaders | NotationFailure {
  const algorithm = algorithmNamed(raw.algorithm);
  if (algorithm === undefined)
    return failure(
      'UNSUPPORTED_ALGORITHM',
      `algorithm ${quote(raw.algorithm)} is not one of PS256, PS384, PS512, ES256, ES384, ES512`,
    );
  if (typeof raw.contentType !== 'string')
    return failure('UNSUPPORTED_PAYLOAD', 'the envelope does not say what its payload is');
  const scheme = raw.all.get(HEADER.scheme);
  if (scheme !== 'notary.x509' && scheme !== 'notary.x509.signingAuthority')
    return failure('UNSUPPORTED_SCHEME', `signing scheme ${quote(scheme)} is not known`);
  const problem = pluginProblem(raw) ?? criticalProblem(raw, scheme);
  if (problem !== undefined) return problem;
  const times = readTimes(raw, scheme);
  if (isFailure(times)) return times;
  return { algorithm, contentType: raw.contentType, scheme, ...times };
}

/** Without the plugin that the signer demands, nobody can tell whether the signature is good. */
function pluginProblem({ all }: RawHeaders): NotationFailure | undefined {
  const name = [...all.keys()].find(
    (label) => typeof label === 'string' && label.startsWith(PLUGIN_PREFIX),
  );
  if (name === undefined) return undefined;
  return failure(
    'PLUGIN_REQUIRED',
    `the signature asks for the notation plugin ${quote(all.get(name))}; plugins are not supported`,
  );
}

function criticalProblem(
  { critical, all }: RawHeaders,
  scheme: SigningScheme,
): NotationFailure | undefined {
  const marked: readonly unknown[] = Array.isArray(critical) ? critical : [];
  const unknown = marked.find((label) => !UNDERSTOOD.has(label) || !all.has(label));
  if (unknown !== undefined)
    return failure(
      'UNKNOWN_CRITICAL_HEADER',
      `header ${quote(unknown)} is marked critical, but is not known or not there`,
    );
  const required = [
    HEADER.scheme,
    ...(all.has(HEADER.expiry) ? [HEADER.expiry] : []),
    ...(scheme === 'notary.x509.signingAuthority' ? [HEADER.authenticSigningTime] : []),
  ];
  const unmarked = required.find((label) => !marked.includes(label));
  return unmarked === undefined
    ? undefined
    : failure('UNMARKED_CRITICAL_HEADER', `header "${unmarked}" is not marked critical`);
}

function readTimes(
  { all, readTime }: RawHeaders,
  scheme: SigningScheme,
): { signingTime: number; expiry: number | undefined } | NotationFailure {
  const { time, foreign } = SCHEMES[scheme];
  if (all.has(foreign))
    return failure('WRONG_TIME_HEADER', `header "${foreign}" does not belong to ${scheme}`);
  const signingTime = readTime(all.get(time));
  if (signingTime === undefined)
    return failure('WRONG_TIME_HEADER', `header "${time}" is missing or not a time`);
  if (!all.has(HEADER.expiry)) return { signingTime, expiry: undefined };
  const expiry = readTime(all.get(HEADER.expiry));
  if (expiry === undefined || expiry <= signingTime)
    return failure(
      'WRONG_TIME_HEADER',
      `header "${HEADER.expiry}" is not a time after the signing time`,
    );
  return { signingTime, expiry };
}

/** Header values come from whoever wrote the envelope: short, quoted, without control characters. */
function quote(value: unknown): string {
  const text =
    typeof value === 'string' ? value : typeof value === 'number' ? String(value) : typeof value;
  return JSON.stringify(text.slice(0, 80)).replaceAll(/\p{C}/gu, '?');
}
