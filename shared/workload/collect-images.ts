import type { UnreadableField, WorkloadImage, WorkloadImages } from './images.ts';

/**
 * A Pod has some ten, a catalogue of images some hundred. API servers take objects with a hundred thousand, which
 * would keep everybody else waiting (MUST-NOT-HAPPEN 26).
 */
const MAX_IMAGES = 1000;

/** What was found in an object; none of its images where they are too many, so that none passes unseen. */
export function collectImages(found: readonly (WorkloadImage | UnreadableField)[]): WorkloadImages {
  if (found.length > MAX_IMAGES) {
    const message = `Cannot read images: found ${found.length}, expected at most ${MAX_IMAGES}`;
    return { images: [], unreadable: [{ pointer: '', message }] };
  }
  return {
    images: found.flatMap((place) => ('image' in place ? [place] : [])),
    unreadable: found.flatMap((place) => ('message' in place ? [place] : [])),
  };
}
