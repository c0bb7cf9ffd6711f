import type { ImageJudgement } from './judge-images.ts';

/** Whether an entry that verifies says of an image that it need not be verified (`skipImageReferences`). */
export function isExempted({ entry, verdict }: Pick<ImageJudgement, 'entry' | 'verdict'>): boolean {
  if (entry === undefined || verdict.kind !== 'skip') return false;
  return entry.attestors.length + (entry.attestations ?? []).length > 0;
}
