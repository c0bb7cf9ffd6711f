import { createHash } from 'node:crypto';
import type { CertificateAttestor, KeylessAttestor } from '../policy/model.ts';
import type { Authority } from '../trust/authority.ts';
import type { Certificate } from '../trust/certificate.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { rootPart } from './attestor-trust.ts';
import { type CertificatePath, findPaths } from './certificate-path.ts';
import { PURPOSE } from './certificate-usage.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Evidence, Rejected } from './evidence.ts';
import { type EvidenceProblem, problem } from './evidence-problem.ts';
import { noTrustRoot } from './log-check.ts';
import { Memo } from './memo.ts';
import { rejectedFor, STAGE } from './rejection.ts';

/** The certificate that must have signed, and why it is trusted. */
export interface CertificateSigner {
  readonly certificate: Certificate;
  readonly key: PublicKey;
  /** Undefined for a certificate that the policy pins without a chain: it stands for its key. */
  readonly paths: readonly CertificatePath[] | undefined;
  readonly isPinned: boolean;
}

/** Finds the certificate that an attestor judges a signature by, and its paths to the attestor's roots. */
export function certificateSigner(
  item: EntityEvidence,
  attestor: KeylessAttestor | CertificateAttestor,
  evidence: Evidence,
): CertificateSigner | Rejected {
  const pinned = attestor.kind === 'certificate' ? attestor.certificate : undefined;
  const certificate = pinned ?? item.certificate();
  if ('code' in certificate) return rejectedFor(certificate, STAGE.signer);
  const shared = { certificate, key: keyOf(certificate), isPinned: pinned !== undefined };
  if (pinned !== undefined && attestor.authorities === undefined)
    return { ...shared, paths: undefined };
  const authorities = authoritiesFor(attestor, evidence);
  if (authorities === undefined) return noTrustRoot('certificate authorities', attestor.trustRoot);
  const paths = pathsOf(item, pinned, { attestor, authorities });
  return 'code' in paths ? rejectedFor(paths, STAGE.trust) : { ...shared, paths };
}

/** The roots of a private PKI always come from the policy; without them nothing is trusted (MUST-NOT-HAPPEN 5). */
function authoritiesFor(
  { kind, authorities, trustRoot }: KeylessAttestor | CertificateAttestor,
  evidence: Evidence,
): readonly Authority[] | undefined {
  if (authorities !== undefined) return authorities;
  return kind === 'keyless' ? rootPart(evidence, trustRoot, 'certificateAuthorities') : [];
}

function pathsOf(
  item: EntityEvidence,
  pinned: Certificate | undefined,
  {
    attestor,
    authorities,
  }: {
    attestor: KeylessAttestor | CertificateAttestor;
    authorities: readonly Authority[];
  },
): readonly CertificatePath[] | EvidenceProblem {
  if (authorities.length === 0)
    return problem('CERTIFICATE_UNTRUSTED', 'no certificate authority is trusted');
  const purpose = attestor.kind === 'keyless' ? PURPOSE.keyless : PURPOSE.privatePki;
  if (pinned === undefined) return item.paths(authorities, purpose);
  return pinnedPaths.get([pinned, authorities], () =>
    findPaths(pinned, { authorities, helpers: [], purpose }),
  );
}

const pinnedPaths = new Memo<readonly CertificatePath[] | EvidenceProblem>();

const keys = new WeakMap<Certificate, PublicKey>();

/** A certificate's key, with the hash left open: signers use their key type's own. */
function keyOf(certificate: Certificate): PublicKey {
  const known = keys.get(certificate);
  if (known !== undefined) return known;
  const fingerprint = createHash('sha256').update(certificate.spki).digest('hex');
  const key = { key: certificate.key, fingerprint, hash: undefined };
  keys.set(certificate, key);
  return key;
}
