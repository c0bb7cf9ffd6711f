import type { Witness } from '@sigstore/sign';
import { fetchWithRetry } from '@sigstore/sign/dist/external/fetch.js';
import { SERVICE_OPTIONS } from './service-options.ts';
import { timestampQuery } from './timestamp-query.ts';

/** Where Sigstore's own authorities answer, whose base URL may be given instead. */
const SIGSTORE_PATH = '/api/v1/timestamp';

/**
 * Gets the signature timestamped over HTTP as RFC 3161 §3.4 says, which every authority speaks; the signing
 * package speaks a form of Sigstore's own authority only.
 */
export function timestampWitness(url: string): Witness {
  const endpoint = new URL(url).pathname === '/' ? `${url}${SIGSTORE_PATH}` : url;
  return {
    testify: async (content) => {
      if (content?.$case !== 'dsseEnvelope') throw new TypeError('Cannot stamp: it is no envelope');
      const signature = content.dsseEnvelope.signatures[0]?.sig ?? Buffer.alloc(0);
      const response = await fetchWithRetry(endpoint, {
        headers: { 'Content-Type': 'application/timestamp-query' },
        body: timestampQuery(signature),
        ...SERVICE_OPTIONS,
      });
      const signedTimestamp = Buffer.from(await response.arrayBuffer());
      return { rfc3161Timestamps: [{ signedTimestamp }] };
    },
  };
}
