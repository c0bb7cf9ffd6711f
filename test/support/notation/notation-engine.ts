import type { Clock } from '#shared/base/clock.ts';
import { parseReference } from '#shared/image/reference.ts';
import type { RevocationChecker } from '#shared/notation/revocation.ts';
import type { TrustStatement } from '#shared/notation/trust-policy.ts';
import type {
  Attestor,
  AttestorSet,
  NotationAttestor,
  VerifyImagesEntry,
} from '#shared/policy/model.ts';
import { createRegistryFactory } from '#shared/registry/registry-factory.ts';
import { anonymousKeychain } from '#shared/registry/static-keychain.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import type { Verdict } from '#shared/verification/verdict.ts';
import { NOW, type StatementOptions, trustStatement } from './notation-world.ts';

/** An attestor of the statement; strict, any identity below the root unless the options say otherwise. */
export function notationAttestor(
  statement: StatementOptions | TrustStatement,
  more: Partial<NotationAttestor> = {},
): NotationAttestor {
  return {
    kind: 'notation',
    path: 'spec.attestors[0].entries[0]',
    statement: 'hash' in statement ? statement : trustStatement(statement),
    metadata: {},
    repository: undefined,
    ...more,
  };
}

/** An entry that wants these attestors, all of them unless `count` says otherwise. */
export function entryOf(
  entries: readonly Attestor[],
  more: Partial<VerifyImagesEntry> & { readonly count?: AttestorSet['count'] } = {},
): VerifyImagesEntry {
  const { count = 'all', ...rest } = more;
  return {
    path: 'spec',
    imageReferences: ['*'],
    skipImageReferences: [],
    attestors: [{ path: 'spec.attestors[0]', count, entries }],
    formats: 'any',
    mutateDigest: true,
    verifyDigest: true,
    required: true,
    ...rest,
  };
}

export interface VerifyingEngine {
  verify(reference: string, entry: VerifyImagesEntry): Promise<Verdict>;
  close(): Promise<void>;
}

/** The verifier with the real registry client, on a day when the test certificates are good. */
export function startVerifier(
  options: { readonly clock?: Clock; readonly revocation?: RevocationChecker } = {},
): VerifyingEngine {
  const { clock = { now: () => NOW }, ...rest } = options;
  const registries = createRegistryFactory({
    version: 'test',
    clock,
    environment: {},
    sleep: async () => Promise.resolve(),
    timeoutMs: 2_000,
  });
  const verifier = new ImageVerifier({ clock, ...rest });
  const client = registries.open(anonymousKeychain);
  return {
    verify: async (reference, entry) =>
      verifier.verify(await verifier.resolve(client, parseReference(reference), undefined), entry),
    close: () => registries.close(),
  };
}
