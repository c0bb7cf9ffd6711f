import type { UserInfo } from '#shared/admission/admission-request.ts';
import { isJsonObject, type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { stringList } from '#shared/base/string-map.ts';

/** `userInfo` of a request; undefined where there is none. */
export function readUserInfo(request: JsonObject): UserInfo | undefined {
  const user = member(request, 'userInfo');
  if (!isJsonObject(user)) return undefined;
  const extra = member(user, 'extra');
  return {
    username: stringAt(user, 'username') ?? '',
    uid: stringAt(user, 'uid') ?? '',
    groups: stringList(user, 'groups'),
    extra: isJsonObject(extra)
      ? Object.fromEntries(Object.keys(extra).map((key) => [key, stringList(extra, key)]))
      : {},
  };
}
