import { bundleFromJSON } from '@sigstore/bundle';
import { crypto } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';
import type { BundleJson } from './bundle.ts';
import type { SigningKey } from './signing-key.ts';
import type { TrustedRootJson } from './trusted-root.ts';

export interface JudgeOptions {
  /** The bytes that a message signature is over. */
  readonly artifact?: Buffer;
  /** The key that a bundle without certificate is signed with. */
  readonly key?: SigningKey;
  readonly tlogThreshold?: number;
  readonly timestampThreshold?: number;
  readonly ctlogThreshold?: number;
}

/**
 * Asks the verifier of sigstore-js about a bundle: somebody else's opinion on what the double makes.
 * @returns undefined if it verifies, else the reason.
 */
export function judge(
  bundle: BundleJson,
  root: TrustedRootJson,
  { artifact, key, ...thresholds }: JudgeOptions = {},
): string | undefined {
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(root), () => {
      if (key === undefined) throw new Error('no key given');
      return { publicKey: crypto.createPublicKey(key.publicKeyPem), validFor: () => true };
    });
    const entity = toSignedEntity(bundleFromJSON(structuredClone(bundle)), artifact);
    new Verifier(material, thresholds).verify(entity);
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause: unknown = error.cause;
  return cause instanceof Error ? `${error.message}: ${describe(cause)}` : error.message;
}
