import { systemClock } from '../base/clock.ts';
import type { Authority } from '../trust/authority.ts';
import type { Fields } from './fields.ts';

/** Tells of roots whose time is over: what was signed while they were valid still counts, nothing newer does. */
export function warnExpired(
  fields: Fields,
  key: string,
  authorities: readonly Authority[] | undefined,
): void {
  const now = systemClock.now();
  const ends = (authorities ?? []).flatMap(({ anchors }) =>
    anchors.map(({ validity }) => validity.end),
  );
  for (const end of new Set(ends)) {
    if (end >= now) continue;
    const day = new Date(end).toISOString().slice(0, 10);
    fields.fault('warning', `holds a root that expired on ${day}, add its successor`, key);
  }
}
