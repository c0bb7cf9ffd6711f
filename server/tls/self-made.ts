import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { BACKDATE, CA_OVERLAP, CA_RENEWAL, LEAF_RENEWAL } from './lifetimes.ts';

/** Everything the self-made certificate consists of, as it is stored; PEM. */
export interface SelfMade {
  /** CA certificates that callers shall trust, the issuing one first. */
  readonly authorities: string;
  /** Private key of the first CA. */
  readonly authorityKey: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Wish {
  /** DNS names and IP addresses that the certificate must be valid for. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The material that should be in use instead of `current`: the same object if nothing is due. Changes one
 * thing at a time, so that at any moment what is served is trusted by what was published before.
 */
export async function renewSelfMade(current: SelfMade | undefined, wish: Wish): Promise<SelfMade> {
  if (current === undefined || !isConsistent(current)) return startOver(wish);
  const authorities = splitBundle(current.authorities).filter((pem) => endOf(pem) > wish.now);
  const [issuer] = authorities;
  if (issuer === undefined || !splitBundle(current.authorities)[0]?.includes(issuer)) {
    return startOver(wish);
  }
  if (endOf(issuer) - wish.now < CA_RENEWAL) return publishNewAuthority(current, wish);
  return isLeafDue(current, issuer, wish) ? reissue(current, wish, authorities) : current;
}

function isLeafDue(current: SelfMade, issuer: string, { names, now }: Wish): boolean {
  const leaf = new X509Certificate(current.certificate);
  const authority = new X509Certificate(issuer);
  const isOverlap = now - startOf(authority) < CA_OVERLAP + BACKDATE;
  if (!leaf.verify(authority.publicKey)) return !isOverlap || endOf(leaf) <= now;
  return endOf(leaf) - now < LEAF_RENEWAL || !coversAll(leaf, names);
}

/** The CA certificates of a bundle, PEM each. */
export function splitBundle(bundle: string): readonly string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Loaded when something must be issued, which is once a year: it is the heaviest part of the server. */
const issuing = () => import('./certificate-authority.ts');

async function startOver({ names, now }: Wish): Promise<SelfMade> {
  const authority = await (await issuing()).createAuthority(now);
  const leaf = await (await issuing()).issueCertificate(authority, names, now);
  return { authorities: terminated(authority.certificate), authorityKey: authority.key, ...leaf };
}

async function publishNewAuthority(current: SelfMade, { now }: Wish): Promise<SelfMade> {
  const authority = await (await issuing()).createAuthority(now);
  return {
    ...current,
    authorities: terminated(authority.certificate) + current.authorities,
    authorityKey: authority.key,
  };
}

async function reissue(
  current: SelfMade,
  { names, now }: Wish,
  authorities: readonly string[],
): Promise<SelfMade> {
  const authority = { certificate: authorities[0] ?? '', key: current.authorityKey };
  const leaf = await (await issuing()).issueCertificate(authority, names, now);
  return { ...current, authorities: authorities.map(terminated).join(''), ...leaf };
}

/** Whether the parts belong together; what somebody changed by hand is made anew. */
function isConsistent(material: SelfMade): boolean {
  try {
    const authorities = splitBundle(material.authorities).map((pem) => new X509Certificate(pem));
    const leaf = new X509Certificate(material.certificate);
    const issuerKey = createPrivateKey(material.authorityKey);
    return (
      leaf.checkPrivateKey(createPrivateKey(material.key)) &&
      (authorities[0]?.checkPrivateKey(issuerKey) ?? false) &&
      authorities.some((authority) => leaf.verify(authority.publicKey))
    );
  } catch {
    return false;
  }
}

function coversAll(leaf: X509Certificate, names: readonly string[]): boolean {
  return names.every((name) =>
    isIP(name) === 0 ? leaf.checkHost(name) !== undefined : leaf.checkIP(name) !== undefined,
  );
}

function endOf(certificate: X509Certificate | string): number {
  return Date.parse(parsed(certificate).validTo);
}

function startOf(certificate: X509Certificate | string): number {
  return Date.parse(parsed(certificate).validFrom);
}

function parsed(certificate: X509Certificate | string): X509Certificate {
  return typeof certificate === 'string' ? new X509Certificate(certificate) : certificate;
}

function terminated(pem: string): string {
  return `${pem.trimEnd()}\n`;
}
