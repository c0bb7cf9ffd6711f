import type { Digest } from '../base/digest.ts';
import type { SignedEntity } from '../signature/signed-entity.ts';
import { EntityEvidence } from './entity-evidence.ts';

/**
 * Remembers what is cryptographically true of signed entities: facts only, no verdicts. Tied
 * to the entity object itself, so it lives exactly as long as the evidence it was computed from. Whom a
 * policy wants, annotations and times are judged anew on every request.
 */
export class EvidenceCache {
  readonly #known = new WeakMap<SignedEntity, EntityEvidence>();

  /** The evidence of an entity found for this digest. */
  of(entity: SignedEntity, digest: Digest): EntityEvidence {
    const known = this.#known.get(entity);
    if (known?.digest === digest) return known;
    const evidence = new EntityEvidence(entity, digest);
    this.#known.set(entity, evidence);
    return evidence;
  }
}
