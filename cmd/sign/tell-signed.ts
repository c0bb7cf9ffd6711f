import { readIdentity } from '#shared/trust/identity.ts';
import type { LogSigner } from '#shared/verification/log-binding.ts';
import { printable } from '../print/tree.ts';
import type { CheckedBundle } from './check-bundle.ts';
import type { SigningServices } from './signing-services.ts';

/** Who signed and who witnessed it, one fact a line. */
export function tellSigned(
  { signer, entity }: CheckedBundle,
  { logs, timestampAuthorities }: SigningServices,
): readonly string[] {
  return [
    ...signerLines(signer),
    ...entity.time.logEntries.map(
      ({ logIndex }, index) => `logged in ${logs[index]?.url}, entry ${logIndex}`,
    ),
    ...timestampAuthorities.map((url) => `timestamped by ${url}`),
  ];
}

function signerLines(signer: LogSigner): readonly string[] {
  if (signer.kind === 'key') return [`signed by public key sha256:${signer.key.fingerprint}`];
  const identity = readIdentity(signer.certificate);
  if (typeof identity === 'string') return [`signed by a certificate whose ${identity}`];
  const { subjects, issuer } = identity;
  const names = subjects.map(({ value }) => printable(value)).join(', ');
  return [`signed by ${names}`, ...(issuer === undefined ? [] : [`issuer ${printable(issuer)}`])];
}
