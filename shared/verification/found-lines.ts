import type { NotationFindings, NotationSignature } from '../notation/notation-signature.ts';
import type { DiscoveredSignatures } from '../signature/signed-entity.ts';

/** What a search of either kind of signature found. */
export type Found = DiscoveredSignatures | NotationFindings<NotationSignature>;

/** More lines than this help nobody; the count of the rest is told. */
const MAX_FOUND_LINES = 6;

/** What was there, so that a refusal never just says "no signatures" (MUST-NOT-HAPPEN 33). */
export function foundLines(found: readonly Found[]): readonly string[] {
  const lines = found.flatMap((each) => [
    ...namesOf(each).map((name) => `found: ${name}`),
    ...each.oddities.map(({ source, message }) => `found: ${source}: ${message}`),
  ]);
  const counted = [...new Set(lines)];
  const more = counted.length - MAX_FOUND_LINES;
  if (counted.length === 0) return ['found: no signature of any format'];
  return more > 0 ? [...counted.slice(0, MAX_FOUND_LINES), `found: ${more} more`] : counted;
}

function namesOf(found: Found): readonly string[] {
  if ('items' in found)
    return found.items.map(
      ({ source }) => `a Notary Project signature in ${source.repository} (${source.place})`,
    );
  return found.entities.map(
    ({ format, source }) => `${FORMAT_NAMES[format]} in ${source.repository} (${source.place})`,
  );
}

const FORMAT_NAMES: Readonly<Record<DiscoveredSignatures['entities'][number]['format'], string>> = {
  'cosign-simple-signing': 'a cosign signature',
  'cosign-attestation': 'a cosign attestation',
  'sigstore-bundle': 'a Sigstore bundle',
};
