import { systemClock } from '#shared/base/clock.ts';
import { parseReference } from '#shared/image/reference.ts';
import type { VerifyImagesEntry } from '#shared/policy/model.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import type { Verdict } from '#shared/verification/verdict.ts';

export interface Demand {
  /** PEM, one or several keys; one of them must have signed. */
  readonly publicKey: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `host/path` where signatures are looked for. */
  readonly repository?: string;
  /** How many of the keys must have signed; default 1. */
  readonly count?: number;
}

/** What our verifier, with empty caches, says of an image under a policy with one attestor set. */
export async function verifyImage(image: string, demand: Demand): Promise<Verdict> {
  const factory = createRegistryFactory({ version: 'test' });
  try {
    const registry = factory.open(anonymousKeychain);
    const verifier = new ImageVerifier({ clock: systemClock });
    const resolved = await verifier.resolve(registry, parseReference(image), undefined);
    return await verifier.verify(resolved, entryOf(demand));
  } finally {
    await factory.close();
  }
}

function entryOf(demand: Demand): VerifyImagesEntry {
  const path = 'verifyImages[0]';
  const entries = parsePublicKeys(demand.publicKey).map((key, at) => ({
    kind: 'key' as const,
    path: `${path}.attestors[0].entries[${at}].keys`,
    key,
    log: { kind: 'ignored' as const },
    annotations: demand.annotations ?? {},
    repository: demand.repository,
  }));
  return {
    path,
    imageReferences: ['*'],
    skipImageReferences: [],
    attestors: [{ path: `${path}.attestors[0]`, count: demand.count ?? 1, entries }],
    formats: 'any',
    mutateDigest: true,
    verifyDigest: true,
    required: true,
  };
}
