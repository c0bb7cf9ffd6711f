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

/**
 * The digest that an update should keep: the stored object has the same image with a digest, which means
 * that it was pinned, and its author applied the unchanged manifest again. Undefined for a real change.
 */
export function stickyImage(
  image: WorkloadImage,
  before: readonly WorkloadImage[],
): string | undefined {
  if (image.name === '' || image.image.includes('@')) return undefined;
  const [old, ...more] = before.filter((candidate) => placeOf(candidate) === placeOf(image));
  if (old === undefined || more.length > 0) return undefined;
  return isPinnedForm(old.image, image.image) ? old.image : undefined;
}

/** `docker.io/` may have been added when the image was pinned, and `:latest` where no tag was written. */
function isPinnedForm(pinned: string, written: string): boolean {
  const [name = '', digest] = pinned.split('@');
  const forms = [written, `${written}:latest`].flatMap((form) => [form, `docker.io/${form}`]);
  return digest !== undefined && forms.includes(name);
}

/** Names a place by role and container name (or group and key), whatever its index. */
function placeOf({ role, group = '', name }: WorkloadImage): string {
  return `${role}/${group}/${name}`;
}
