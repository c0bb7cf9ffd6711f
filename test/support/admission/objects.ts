import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision } from '#shared/admission/decision.ts';
import { type JsonObject, type JsonValue, stringAt } from '#shared/base/json-value.ts';

/** A Pod with one container for each image. */
export function pod(images: readonly string[], more: JsonObject = {}): JsonObject {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'prod' },
    spec: { containers, ...more },
  };
}

/** A Deployment whose template has one container for each image. */
export function deployment(images: readonly string[]): JsonObject {
  const { spec = {} } = pod(images) as { spec?: JsonValue };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'prod' },
    spec: { replicas: 1, template: { metadata: { labels: { app: 'web' } }, spec } },
  };
}

/** The request that creates an object, or what is given changes of it. */
export function requestFor(
  object: JsonObject,
  more: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  const [group = '', version = ''] = apiVersionOf(object);
  return {
    operation: 'CREATE',
    group,
    version,
    kind: stringAt(object, 'kind') ?? '',
    subresource: '',
    namespace: 'prod',
    name: 'web',
    object,
    oldObject: undefined,
    dryRun: false,
    ...more,
  };
}

function apiVersionOf(object: JsonObject): readonly string[] {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  return apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
}

/** The new values that a decision's patch writes. */
export function patchedImages({ patch }: Decision): readonly unknown[] {
  return patch.map((operation): unknown => ('value' in operation ? operation.value : undefined));
}
