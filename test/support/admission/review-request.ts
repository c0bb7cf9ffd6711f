import { type JsonObject, stringAt } from '#shared/base/json-value.ts';

const RESOURCES: Readonly<Record<string, string>> = { Pod: 'pods', Deployment: 'deployments' };

/** The `request` of an AdmissionReview that creates this object in namespace `default`. */
export function reviewRequest(object: JsonObject): JsonObject {
  const [version = '', group = ''] = (stringAt(object, 'apiVersion') ?? '').split('/').toReversed();
  const kind = stringAt(object, 'kind') ?? '';
  return {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group, version, kind },
    resource: { group, version, resource: RESOURCES[kind] ?? '' },
    operation: 'CREATE',
    namespace: 'default',
    userInfo: { username: 'demo' },
    object,
    oldObject: null,
    dryRun: false,
  };
}
