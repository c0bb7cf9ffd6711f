import type { Digest } from '../base/digest.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { SignedEntity } from '../signature/signed-entity.ts';
import { isSignedBy, readClaims, type SignatureClaims } from './signature-check.ts';

/**
 * Remembers what is cryptographically true of signed entities: facts only, no verdicts. Tied
 * to the entity object itself, so it lives exactly as long as the evidence it was computed from. Which key
 * a policy wants, annotations and logs are judged anew on every request.
 */
export class EvidenceCache {
  readonly #claims = new WeakMap<SignedEntity, { digest: Digest; claims: SignatureClaims }>();
  readonly #signedBy = new WeakMap<SignedEntity, Map<string, boolean>>();

  claims(entity: SignedEntity, digest: Digest): SignatureClaims {
    const known = this.#claims.get(entity);
    if (known?.digest === digest) return known.claims;
    const claims = readClaims(entity, digest);
    this.#claims.set(entity, { digest, claims });
    return claims;
  }

  isSignedBy(entity: SignedEntity, signedBytes: Buffer, key: PublicKey): boolean {
    const known = this.#signedBy.get(entity) ?? new Map<string, boolean>();
    const id = `${key.fingerprint} ${key.hash ?? ''}`;
    const remembered = known.get(id);
    if (remembered !== undefined) return remembered;
    const answer = isSignedBy(entity, signedBytes, key);
    this.#signedBy.set(entity, known.set(id, answer));
    return answer;
  }
}
