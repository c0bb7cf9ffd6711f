import type { WorkloadImage } from './images.ts';

/**
 * The images that an update brings in: those whose place (role and container name) did not hold the same
 * text before. Compared by place, not by position or count, so that nothing hides behind a list that was
 * reordered or shrank (MUST-NOT-HAPPEN 8); a name that occurs twice is never taken as unchanged
 * (MUST-NOT-HAPPEN 27).
 */
export function changedImages(
  images: readonly WorkloadImage[],
  before: readonly WorkloadImage[],
): readonly WorkloadImage[] {
  const old = new Map(before.map((image) => [placeOf(image), image.image]));
  const counts = new Map<string, number>();
  for (const image of images) counts.set(placeOf(image), (counts.get(placeOf(image)) ?? 0) + 1);
  return images.filter((image) => {
    const place = placeOf(image);
    return counts.get(place) !== 1 || image.name === '' || old.get(place) !== image.image;
  });
}

/** Names a place by role and container name, whatever its index. */
function placeOf(image: WorkloadImage): string {
  return `${image.role}/${image.name}`;
}
