import type { CertificateAttestor, KeylessAttestor } from '../policy/model.ts';
import { ctLogsFor } from './attestor-trust.ts';
import type { CertificatePath } from './certificate-path.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Evidence, Rejected } from './evidence.ts';
import { noTrustRoot } from './log-check.ts';
import { rejectedFor, STAGE } from './rejection.ts';

/**
 * Whether the certificate is in a certificate transparency log, where the policy wants that; `ignoreSCT`
 * waives this and nothing else. A certificate that is pinned without a chain stands for its key.
 */
export function checkTransparency(
  item: EntityEvidence,
  path: CertificatePath | undefined,
  {
    attestor: { sct, trustRoot },
    evidence,
  }: { attestor: KeylessAttestor | CertificateAttestor; evidence: Evidence },
): Rejected | undefined {
  if (sct.kind === 'ignored' || path === undefined) return undefined;
  const logs = ctLogsFor(sct, trustRoot, evidence);
  if (logs === undefined) return noTrustRoot('certificate transparency logs', trustRoot);
  const found = item.scts(path, logs);
  return 'code' in found ? rejectedFor(found, STAGE.transparency) : undefined;
}
