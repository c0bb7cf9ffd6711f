import type { TimestampRequirement } from '../policy/model.ts';
import { rootPart } from './attestor-trust.ts';
import type { EntityEvidence, Examined } from './entity-evidence.ts';
import type { Evidence, Rejected } from './evidence.ts';
import { problem } from './evidence-problem.ts';
import { noTrustRoot } from './log-check.ts';
import { rejectedFor, STAGE } from './rejection.ts';
import type { VerifiedTimestamp } from './verify-timestamp.ts';

export interface TimestampCheck {
  readonly timestamps?: TimestampRequirement | undefined;
  readonly trustRoot?: string | undefined;
  /** Whether nothing else gives a time that is needed: then a trust root that is missing leaves the answer open. */
  readonly isNeeded: boolean;
}

/**
 * The timestamps that count for this signature, enough of them. Those that do not verify are passed over:
 * anybody can add one.
 */
export function checkTimestamps(
  item: EntityEvidence,
  { timestamps, trustRoot, isNeeded }: TimestampCheck,
  evidence: Evidence,
): Examined<VerifiedTimestamp> | Rejected {
  const { required = 0, authorities: own } = timestamps ?? {};
  if (required === 0 && item.entity.time.timestamps.length === 0) return NONE;
  const authorities = own ?? rootPart(evidence, trustRoot, 'timestampAuthorities');
  if (authorities === undefined)
    return required > 0 || isNeeded ? noTrustRoot('timestamp authorities', trustRoot) : NONE;
  return enough(item.timestamps(authorities), required);
}

const NONE: Examined<VerifiedTimestamp> = { verified: [], problems: [] };

function enough(
  found: Examined<VerifiedTimestamp>,
  required: number,
): Examined<VerifiedTimestamp> | Rejected {
  const { verified, problems } = found;
  const distinct = distinctAuthorities(verified);
  if (distinct >= required) return found;
  const [first] = problems;
  if (verified.length === 0 && first !== undefined) return rejectedFor(first, STAGE.time);
  const message = `the signature has timestamps of ${distinct} trusted authorities, ${required} are required`;
  return rejectedFor(problem('TOO_FEW_TIMESTAMPS', message), STAGE.time);
}

/** Authorities with different anchors and of different operators (MUST-NOT-HAPPEN 9). */
function distinctAuthorities(timestamps: readonly VerifiedTimestamp[]): number {
  const anchors = new Map(
    timestamps.map(({ anchor, authority }) => [anchor.fingerprint, authority.operator]),
  );
  return new Set([...anchors].map(([fingerprint, operator]) => operator || fingerprint)).size;
}
