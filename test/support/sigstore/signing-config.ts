import { SERVICE_PATH } from './signing-server.ts';

/** A signing config (v0.2) that names every service of a virtual Sigstore at one URL. */
export function signingConfig(url: string, rekorVersion: 1 | 2): string {
  const service = (serviceUrl: string, majorApiVersion: number): object => ({
    url: serviceUrl,
    majorApiVersion,
    validFor: { start: '2020-01-01T00:00:00Z' },
    operator: 'acme.example',
  });
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(url, 1)],
    rekorTlogUrls: [service(url, rekorVersion)],
    rekorTlogConfig: { selector: 'ANY' },
    // Authorities are named by the whole URL of their API, the other services by its base.
    tsaUrls: [service(`${url}${SERVICE_PATH.tsa}`, 1)],
    tsaConfig: { selector: 'EXACT', count: 1 },
  });
}
