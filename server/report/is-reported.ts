import { type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { isControlled } from '#shared/workload/is-controlled.ts';

/** What a controller makes is told of in the reports of its owner and of its Pods. */
export function isReported(object: JsonObject): boolean {
  const isPod = stringAt(object, 'kind') === 'Pod' && stringAt(object, 'apiVersion') === 'v1';
  return isPod || !isControlled(object);
}
