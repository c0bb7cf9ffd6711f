import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cosign, openCosign } from './cosign.ts';
import { type RealRegistry, startRealRegistry } from './real-registry.ts';
import { pushSample } from './sample-image.ts';
import { type SigningServices, startSigningServices } from './signing-services.ts';

/** The real cosign and a real registry beside a virtual Sigstore, in a folder of their own. */
export interface Workbench {
  readonly directory: string;
  readonly cosign: Cosign;
  readonly registry: RealRegistry;
  readonly services: SigningServices;
  /** Pushes an image of its own to a path, and answers its name by digest. */
  readonly push: (path: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function openWorkbench(): Promise<Workbench> {
  const directory = await mkdtemp(join(tmpdir(), 'sign-policy-interop-'));
  const cosign = await openCosign(join(directory, 'cosign'));
  const registry = await startRealRegistry({ directory, referrers: true });
  const services = await startSigningServices(directory);
  return {
    directory,
    cosign,
    registry,
    services,
    push: async (path) => pushSample({ host: registry.host, path }),
    close: async () => {
      await services.close();
      await registry.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
