import { formatRfc3339 } from '../../time/instant.ts';
import type { CelTimestamp } from '../value/cel-time.ts';

const SECOND = 1_000_000_000n;

/** RFC 3339 with as much of a fraction as there is (Go: `time.RFC3339Nano`). */
export function formatTimestamp({ epoch, offset }: CelTimestamp): string {
  const nanoseconds = ((epoch % SECOND) + SECOND) % SECOND;
  const text = formatRfc3339({ epoch, offset });
  if (nanoseconds === 0n) return text;
  const fraction = String(nanoseconds).padStart(9, '0').replace(/0+$/, '');
  return text.replace(/(?=Z$|[-+]\d\d:\d\d$)/, `.${fraction}`);
}
