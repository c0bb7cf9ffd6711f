import { type JsonObject, isJsonObject } from '../base/json-value.ts';
import { at } from './images.ts';
import type { WorkloadKind } from './kinds.ts';

/** The pod that a workload's template makes: what rules generated for workloads judge (`metadata`, `spec`). */
export function podView(object: JsonObject, kind: WorkloadKind): JsonObject {
  const template = at(object, kind.podTemplate);
  return isJsonObject(template) ? template : {};
}
