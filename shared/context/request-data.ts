import type { JsonObject } from '../base/json-value.ts';
import type { ApiCall } from '../policy/context-entry.ts';

/** `data` of an `apiCall` as the one JSON object that is sent. */
export function requestData({ data }: Pick<ApiCall, 'data'>): JsonObject {
  return Object.fromEntries(data.map(({ key, value }) => [key, value]));
}
