import { TrustStoreError } from '../notation/pem-certificates.ts';
import {
  statementOfCertificates,
  type TrustedCertificates,
} from '../notation/statement-of-certificates.ts';
import type { TrustStatement } from '../notation/trust-policy.ts';
import type { AttestorDefaults } from './attestor-defaults.ts';
import type { Fields } from './fields.ts';
import type { NotationAttestor } from './model.ts';
import { parseField } from './parse-field.ts';
import { requireCertificates } from './read-certificates.ts';

/**
 * Reads `certificates` of an entry of type Notary: all certificates make one trust store of level strict,
 * any identity below them is accepted (Kyverno 1.19).
 */
export function readNotary(
  fields: Fields,
  { annotations, repository }: AttestorDefaults,
): NotationAttestor | undefined {
  const [cert, chain] = ['cert', 'certChain'].map((key) => parseField(fields, key, checkedPem));
  const tsaCertificates = readTsa(fields);
  fields.object('rekor');
  if (fields.has('rekor'))
    fields.fault('warning', 'has no effect, Notary signatures are in no such log', 'rekor');
  fields.end();
  const texts = [cert, chain].filter((text) => text !== undefined);
  if (!requireCertificates(fields) || texts.length === 0) return undefined;
  const statement = readStatement(fields, { certificates: texts.join('\n'), tsaCertificates });
  if (statement === undefined) return undefined;
  return { kind: 'notation', path: fields.path, statement, metadata: annotations, repository };
}

/** Texts that are good by themselves can still be too many together. */
function readStatement(fields: Fields, texts: TrustedCertificates): TrustStatement | undefined {
  try {
    return statementOfCertificates(fields.path, texts);
  } catch (error) {
    if (!(error instanceof TrustStoreError)) throw error;
    fields.fault('error', error.message);
    return undefined;
  }
}

function readTsa(fields: Fields): string | undefined {
  const ctlog = fields.object('ctlog');
  if (ctlog === undefined) return undefined;
  ctlog.boolean('ignoreSCT');
  if ((ctlog.string('pubkey') ?? '') !== '')
    ctlog.fault('warning', 'has no effect, Notary certificates are in no such log', 'pubkey');
  const pem = parseField(ctlog, 'tsaCertChain', (tsaCertificates) => {
    // The certificates of the authority are read with the same demands as in the statement.
    statementOfCertificates('tsaCertChain', { certificates: tsaCertificates, tsaCertificates });
    return tsaCertificates;
  });
  ctlog.end();
  return pem;
}

/** The text itself, once it is known to hold certificates. */
function checkedPem(certificates: string): string {
  statementOfCertificates('certificates', { certificates });
  return certificates;
}
