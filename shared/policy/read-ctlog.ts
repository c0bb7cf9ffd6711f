import { timestampAuthoritiesFromPem } from '../trust/pem-trust.ts';
import { parsePublicKeys } from '../trust/public-key.ts';
import type { Fields } from './fields.ts';
import { warnExpired } from './lint-authorities.ts';
import type { LogRequirement, SctRequirement, TimestampRequirement } from './model.ts';
import { parseField } from './parse-field.ts';

export interface ReadCtlog {
  readonly sct: SctRequirement;
  readonly timestamps: TimestampRequirement;
}

/**
 * `ctlog`: absent means that a certificate must be in a certificate transparency log of the trust root. Its
 * `tsaCertChain` names the timestamp authority; where the policy waives the log, a timestamp is the only
 * witness of the time that it names, so one is required then.
 */
export function readCtlog(fields: Fields, log: LogRequirement): ReadCtlog {
  const ctlog = fields.object('ctlog');
  if (ctlog === undefined) return DEFAULT;
  const isIgnored = ctlog.boolean('ignoreSCT') ?? false;
  const publicKeys = parseField(ctlog, 'pubkey', (pem) => parsePublicKeys(pem)) ?? [];
  const authorities = parseField(ctlog, 'tsaCertChain', timestampAuthoritiesFromPem);
  warnExpired(ctlog, 'tsaCertChain', authorities);
  ctlog.end();
  const required = authorities !== undefined && log.kind === 'ignored' ? 1 : 0;
  return {
    sct: isIgnored ? { kind: 'ignored' } : { kind: 'required', publicKeys },
    timestamps: { authorities, required },
  };
}

const DEFAULT: ReadCtlog = {
  sct: { kind: 'required', publicKeys: [] },
  timestamps: { authorities: undefined, required: 0 },
};
