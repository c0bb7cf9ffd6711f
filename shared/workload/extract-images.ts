import { jsonPointer } from '../base/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue, member } from '../base/json-value.ts';
import { collectImages } from './collect-images.ts';
import type { UnreadableField, WorkloadImage, WorkloadImages } from './images.ts';

/** Where objects of a kind name images, as a policy declares it. */
export interface ImageExtractor {
  /** Fields from the top of the object to the mapping that holds the image; `*` is every item of a list or mapping. */
  readonly path: readonly string[];
  /** The field of that mapping which holds the image. */
  readonly value: string;
  /** The field of that mapping which names the image; undefined where its pointer does. */
  readonly key: string | undefined;
  /** Under which name expressions find the images. */
  readonly group: string;
  /** Makes an image of the text found. */
  readonly jmesPath: string | undefined;
}

/** Extractors by kind. */
export type ImageExtractors = Readonly<Record<string, readonly ImageExtractor[]>>;

/** Applies a `jmesPath` to the text found; why that failed as `{ problem }`. */
export type TransformImage = (
  jmesPath: string,
  text: string,
) => string | { readonly problem: string };

/** Those for a kind; undefined where there are none. */
export function extractorsFor(
  extractors: ImageExtractors | undefined,
  kind: string,
): readonly ImageExtractor[] | undefined {
  return extractors !== undefined && Object.hasOwn(extractors, kind) ? extractors[kind] : undefined;
}

/**
 * The images at the places that extractors name, as Kyverno 1.19 finds them, but each by its JSON pointer: none
 * hides behind another with the same key (MUST-NOT-HAPPEN 27). A field that is absent, null or blank is no image;
 * one of another type than the path needs is reported, never skipped.
 */
export function extractImages(
  object: JsonObject,
  extractors: readonly ImageExtractor[],
  transform: TransformImage,
): WorkloadImages {
  const found = extractors.flatMap((extractor) =>
    holdersOf(object, extractor.path, []).flatMap((place) => {
      if (!('holder' in place)) return [place];
      return imageIn(place, extractor, transform) ?? [];
    }),
  );
  return collectImages(found);
}

type Path = readonly (string | number)[];

/** A mapping that holds an image. */
interface Place {
  readonly holder: JsonObject;
  readonly path: Path;
}

function holdersOf(
  value: JsonValue | undefined,
  [step, ...rest]: readonly string[],
  path: Path,
): readonly (Place | UnreadableField)[] {
  if (value === undefined || value === null) return [];
  if (step === '*') {
    const items = itemsOf(value);
    return items === undefined
      ? [wrongType(path, 'a list or a mapping', value)]
      : items.flatMap(([key, item]) => holdersOf(item, rest, [...path, key]));
  }
  if (!isJsonObject(value)) return [wrongType(path, 'a mapping', value)];
  return step === undefined
    ? [{ holder: value, path }]
    : holdersOf(member(value, step), rest, [...path, step]);
}

function itemsOf(
  value: JsonValue,
): readonly (readonly [string | number, JsonValue | undefined])[] | undefined {
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item, index) => [index, item]);
  return isJsonObject(value) ? Object.entries(value) : undefined;
}

function imageIn(
  { holder, path }: Place,
  extractor: ImageExtractor,
  transform: TransformImage,
): WorkloadImage | UnreadableField | undefined {
  const { group, jmesPath } = extractor;
  const imagePath = [...path, extractor.value];
  const text = member(holder, extractor.value) ?? '';
  if (typeof text !== 'string') return wrongType(imagePath, 'a string', text);
  if (text.trim() === '') return undefined;
  const pointer = jsonPointer(imagePath);
  const name = nameOf(holder, extractor.key, pointer);
  if (name === undefined)
    return wrongType(
      [...path, extractor.key ?? ''],
      'a string',
      member(holder, extractor.key ?? ''),
    );
  const base = { role: 'extracted', group, name, pointer } as const;
  if (jmesPath === undefined) return { ...base, image: text };
  const image = transform(jmesPath, text);
  return typeof image === 'string'
    ? { ...base, image, isTransformed: true }
    : { pointer, message: `Cannot read the image at ${pointer}: ${image.problem}` };
}

/** Undefined where the key is no text; Kyverno reads nothing of such an object either. */
function nameOf(holder: JsonObject, key: string | undefined, pointer: string): string | undefined {
  if (key === undefined) return pointer;
  const name = member(holder, key);
  return typeof name === 'string' ? name : undefined;
}

function wrongType(path: Path, wanted: string, found: JsonValue | undefined): UnreadableField {
  const pointer = jsonPointer(path);
  const shown = Array.isArray(found) ? 'a list' : (NAMES[typeof found] ?? typeof found);
  return {
    pointer,
    message: `Cannot read images at ${pointer}: expected ${wanted}, found ${shown}`,
  };
}

const NAMES: Readonly<Record<string, string>> = { undefined: 'nothing', object: 'a mapping' };
