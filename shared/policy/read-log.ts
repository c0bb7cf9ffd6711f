import { parsePublicKeys } from '../trust/public-key.ts';
import { quote, type Fields } from './fields.ts';
import type { LogRequirement } from './model.ts';
import { parseField } from './parse-field.ts';
import { VARIABLE } from './variables.ts';

/** Kyverno's default: even static keys need a log entry (Kyverno 1.19). */
const DEFAULT_REKOR_URL = 'https://rekor.sigstore.dev';

export const PUBLIC_LOG: Extract<LogRequirement, { kind: 'required' }> = {
  kind: 'required',
  url: DEFAULT_REKOR_URL,
  publicKeys: [],
};

/**
 * `rekor`: absent means that an entry in the public log is required. A log that is named is also asked for
 * entries that signatures do not bring along, as cosign and Kyverno 1.19 do.
 * @param policyNamespace set for namespaced policies: only what the administrator lists is asked for them.
 */
export function readLog(fields: Fields, policyNamespace: string | undefined): LogRequirement {
  const rekor = fields.object('rekor');
  if (rekor === undefined) return PUBLIC_LOG;
  const isIgnored = rekor.boolean('ignoreTlog') ?? false;
  const url = readUrl(rekor);
  const publicKeys = parseField(rekor, 'pubkey', (pem) => parsePublicKeys(pem)) ?? [];
  rekor.end();
  if (isIgnored) return { kind: 'ignored' };
  if (url === undefined) return { ...PUBLIC_LOG, publicKeys };
  return {
    kind: 'required',
    url,
    publicKeys,
    lookup: policyNamespace === undefined ? 'any' : 'listed',
  };
}

function readUrl(rekor: Fields): string | undefined {
  const url = rekor.string('url');
  if (url === undefined || url === '') return undefined;
  if (!VARIABLE.test(url) && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    rekor.fault('error', `found ${quote(url)}, expected an http or https URL`, 'url');
  return url;
}
