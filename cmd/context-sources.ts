import {
  type ContextSources,
  NO_CONTEXT_SOURCES,
} from '#shared/admission/context/context-sources.ts';
import { readImageData } from '#shared/registry/read-image-data.ts';
import type { EngineSources } from './sources.ts';

/**
 * What rules ask for beside the images that they verify. Data of images comes from registries as this person sees
 * them, addresses of hosts from this machine, and so both through a recording where there is one.
 */
export function contextSources({
  context = NO_CONTEXT_SOURCES,
  openRegistry,
  hosts,
}: Pick<EngineSources, 'context' | 'openRegistry' | 'hosts'>): ContextSources {
  return {
    ...context,
    hosts,
    imageData: async ({ reference }, signal) =>
      readImageData(await openRegistry(), reference, { signal }),
  };
}
