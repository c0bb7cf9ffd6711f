import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision, PinnedImage } from '#shared/admission/decision.ts';
import { readImages } from '#shared/workload/images.ts';
import { findWorkloadKind } from '#shared/workload/kinds.ts';

/** Every image of the object: as the engine reports them, else (no policy looked at it) as they are written. */
export function imagesOf(request: AdmissionRequest, decision: Decision): readonly PinnedImage[] {
  if (decision.images.length > 0) return decision.images;
  const kind = findWorkloadKind(request.group, request.kind);
  if (kind === undefined || request.object === undefined) return [];
  return readImages(request.object, kind).images.map(({ pointer, name, image }) => ({
    pointer,
    container: name,
    written: image,
    digest: undefined,
    pinned: undefined,
  }));
}
