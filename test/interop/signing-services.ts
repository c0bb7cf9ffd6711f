import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signingConfig } from '#test/support/sigstore/signing-config.ts';
import { SERVICE_PATH, startSigningServer } from '#test/support/sigstore/signing-server.ts';
import {
  createVirtualSigstore,
  type VirtualSigstore,
} from '#test/support/sigstore/virtual-sigstore.ts';

/** Whom the tokens of these services name. */
const IDENTITY = 'dev@acme.example';

/** A virtual Sigstore over HTTP, as files and flags that both programs understand. */
export interface SigningServices {
  readonly sigstore: VirtualSigstore;
  readonly url: string;
  /** File that names all of it. */
  readonly trustedRoot: string;
  /** File that names another Sigstore. */
  readonly otherRoot: string;
  /** Files with signing configs, by the version of Rekor that they name; both name the authority. */
  readonly configs: Readonly<Record<1 | 2, string>>;
  /** URL of the time-stamp authority, the whole of it. */
  readonly tsa: string;
  /** A token of `dev@acme.example`, for the environment of a signer. */
  readonly token: () => { readonly SIGSTORE_ID_TOKEN: string };
  /** Flags of a verifier; by default they are true of the tokens. */
  readonly who: (identity?: string, issuer?: string) => readonly string[];
  readonly close: () => Promise<void>;
}

/** @param directory where the files go */
export async function startSigningServices(directory: string): Promise<SigningServices> {
  const sigstore = createVirtualSigstore();
  const { url, issuer, close } = await startSigningServer(sigstore);
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };
  return {
    sigstore,
    url,
    trustedRoot: await file('trusted_root.json', rootOf(sigstore)),
    otherRoot: await file('other_root.json', rootOf(createVirtualSigstore())),
    configs: {
      1: await file('signing-config-1.json', signingConfig(url, 1)),
      2: await file('signing-config-2.json', signingConfig(url, 2)),
    },
    tsa: `${url}${SERVICE_PATH.tsa}`,
    token: () => ({
      SIGSTORE_ID_TOKEN: issuer.token({ email: IDENTITY, email_verified: true }),
    }),
    who: (identity = IDENTITY, vouchedBy = issuer.url) => [
      '--certificate-identity',
      identity,
      '--certificate-oidc-issuer',
      vouchedBy,
    ],
    close,
  };
}

function rootOf(sigstore: VirtualSigstore): string {
  return JSON.stringify(sigstore.trustedRoot());
}
