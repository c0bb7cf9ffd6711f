import { isJsonObject, type JsonValue } from '../base/json-value.ts';
import { parseAnchorKey } from './anchor-key.ts';

/**
 * Whether a `validate.pattern` looks at images: it names a field `image`, at any depth (in Pods, in templates and in
 * objects of other kinds) and in any anchor. A label of that name says nothing about one.
 */
export function looksAtImages(pattern: JsonValue | undefined): boolean {
  return entries(pattern).some(
    ([name, value]) => name === 'image' || (name !== 'metadata' && looksAtImages(value)),
  );
}

/** Fields of a mapping, or of all mappings in a list, without their anchors. */
function entries(
  value: JsonValue | undefined,
): readonly (readonly [string, JsonValue | undefined])[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((item) => entries(item));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).map(([key, child]) => [parseAnchorKey(key).name, child] as const);
}

/**
 * Whether a part of a rule (deny, foreach, CEL, a context …) is about images: it says "image" somewhere,
 * other than in the pull settings. A false alarm is safer than a silent pass.
 */
export function mentionsImages(rule: JsonValue | undefined): boolean {
  return /image(?!Pull)/i.test(JSON.stringify(rule ?? null));
}

/** Whether a pattern compares with something of an image: `{{ images.containers.*.registry }}`. */
export function variablesMentionImages(pattern: JsonValue | undefined): boolean {
  return /\{\{[^}]*image(?!Pull)/i.test(JSON.stringify(pattern ?? null));
}
