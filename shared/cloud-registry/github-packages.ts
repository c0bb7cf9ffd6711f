import { ANONYMOUS } from '../registry/keychain.ts';
import type { CloudProvider } from './cloud-provider.ts';

/** `ghcr.io` with GITHUB_TOKEN, and GITHUB_ACTOR where there is one (go-containerregistry `pkg/authn/github`). */
export const githubPackages: CloudProvider = {
  name: 'github',
  isOwn: (host) => host === 'ghcr.io',
  credential: async (_host, { env }) => {
    const password = env['GITHUB_TOKEN'] ?? '';
    if (password === '') return ANONYMOUS;
    return { kind: 'basic', username: env['GITHUB_ACTOR'] || 'unset', password };
  },
};
