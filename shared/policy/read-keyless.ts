import { authoritiesFromPem } from '../trust/pem-trust.ts';
import type { AttestorDefaults } from './attestor-defaults.ts';
import type { Fields } from './fields.ts';
import { warnExpired } from './lint-authorities.ts';
import type { KeylessAttestor } from './model.ts';
import { isBlank, parseField } from './parse-field.ts';
import { readCtlog } from './read-ctlog.ts';
import { readIdentity } from './read-identity.ts';
import { readLog } from './read-log.ts';

/** Reads `keyless`: short-lived certificates for an identity; `roots` replace those of the trust root. */
export function readKeyless(
  fields: Fields,
  { annotations, repository, policyNamespace }: AttestorDefaults,
): KeylessAttestor {
  const identities = [readIdentity(fields)];
  const authorities = parseField(fields, 'roots', authoritiesFromPem);
  if (isBlank(fields, 'roots'))
    fields.fault(
      'warning',
      "is empty, so the trust root's are believed; take the field away",
      'roots',
    );
  warnExpired(fields, 'roots', authorities);
  const log = readLog(fields, policyNamespace);
  const ctlog = readCtlog(fields, log);
  fields.end();
  return {
    kind: 'keyless',
    path: fields.path,
    identities,
    authorities,
    log,
    ...ctlog,
    trustRoot: undefined,
    annotations,
    repository,
  };
}
