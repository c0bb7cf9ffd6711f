import {
  type ContextSources,
  NO_CONTEXT_SOURCES,
} from '#shared/admission/context/context-sources.ts';
import { readImageData } from '#shared/registry/read-image-data.ts';
import type { EngineSources } from './sources.ts';

/** Data of images comes from registries as this person sees them, and so through a recording where there is one. */
export function withImageData({
  context = NO_CONTEXT_SOURCES,
  openRegistry,
}: Pick<EngineSources, 'context' | 'openRegistry'>): ContextSources {
  return {
    ...context,
    imageData: async ({ reference }, signal) =>
      readImageData(await openRegistry(), reference, { signal }),
  };
}
