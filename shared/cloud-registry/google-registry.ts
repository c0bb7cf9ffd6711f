import { gcpToken } from '../kms/gcp-credentials.ts';
import type { CloudProvider } from './cloud-provider.ts';

/** Reading images is a right of the account; no narrower scope covers Artifact Registry. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Artifact Registry and Container Registry (go-containerregistry `pkg/v1/google`). */
export const googleRegistry: CloudProvider = {
  name: 'google',
  isOwn: (host) => host === 'gcr.io' || /^[a-z0-9-]+\.(?:gcr\.io|pkg\.dev)$/.test(host),
  credential: async (host, options, signal) => ({
    kind: 'basic',
    username: 'oauth2accesstoken',
    password: await gcpToken({ uri: host, scope: SCOPE }, options, signal),
  }),
};
