import type { AddOperation } from 'fast-json-patch';
import { jsonPointer } from '../base/json-pointer.ts';
import { isJsonObject, type JsonObject, member } from '../base/json-value.ts';
import { patternSubject } from '../image/format-reference.ts';
import { parseReference } from '../image/reference.ts';
import type { PinnedImage } from './decision.ts';
import type { ExaminedImage } from './examined-object.ts';
import type { ImageJudgement } from './judge-images.ts';

/** What became of each image. */
const FLAT = 'kyverno.io/verify-images';

/** The same by policy and rule, since Kyverno 1.19. */
const SCOPED = 'kyverno.io/verify-images-scoped';

type Status = 'pass' | 'fail' | 'skip';

/** By name of the image. */
type Statuses = Readonly<Record<string, Status>>;

/**
 * Operations that add the annotations which Kyverno leaves on what it verified, for those who read them.
 * They are never read for a decision (MUST-NOT-HAPPEN 7): whoever writes the object can write them too, so
 * they are always replaced.
 */
export function proofAnnotations(
  object: JsonObject,
  judgements: readonly ImageJudgement[],
  pins: readonly PinnedImage[],
): readonly AddOperation<unknown>[] {
  if (judgements.length === 0) return [];
  const names: Names = new Map(
    judgements.map(({ image }) => [image, nameOf(image, pins.find(isAt(image.pointer)))]),
  );
  const values = {
    [FLAT]: statusesOf(judgements, names),
    [SCOPED]: { version: 1, policies: byPolicy(judgements, names) },
  };
  const parent = ['metadata', 'annotations'];
  const present = member(member(object, 'metadata'), 'annotations');
  return [
    ...(isJsonObject(present) ? [] : [add(parent, {})]),
    ...Object.entries(values).map(([name, value]) => add([...parent, name], JSON.stringify(value))),
  ];
}

function add(path: readonly string[], value: unknown): AddOperation<unknown> {
  return { op: 'add', path: jsonPointer(path), value };
}

type Names = ReadonlyMap<ExaminedImage, string>;

function isAt(place: string): (pin: PinnedImage) => boolean {
  return ({ pointer }) => pointer === place;
}

/** As Kyverno names it after pinning: without the tag where there is a digest. */
function nameOf({ reference, image }: ExaminedImage, pin: PinnedImage | undefined): string {
  if (pin?.pinned !== undefined) return patternSubject(parseReference(pin.pinned));
  return reference === undefined ? image : patternSubject(reference);
}

/** Of several words on one image a "no" counts most, then a "yes". */
const WEIGHT: Readonly<Record<Status, number>> = { fail: 2, pass: 1, skip: 0 };

function statusesOf(judgements: readonly ImageJudgement[], names: Names): Statuses {
  const statuses = new Map<string, Status>();
  for (const { image, verdict } of judgements) {
    const name = names.get(image) ?? image.image;
    const status = verdict.kind === 'error' ? 'fail' : verdict.kind;
    const known = statuses.get(name);
    if (known === undefined || WEIGHT[status] > WEIGHT[known]) statuses.set(name, status);
  }
  return Object.fromEntries(statuses);
}

type ByPolicy = Readonly<Record<string, Readonly<Record<string, Statuses>>>>;

function byPolicy(judgements: readonly ImageJudgement[], names: Names): ByPolicy {
  const policies = Map.groupBy(judgements, ({ applicable: { policy } }) =>
    [policy.namespace ?? '', policy.name].join('/'),
  );
  return Object.fromEntries(
    [...policies].map(([policy, ofPolicy]) => {
      const rules = Map.groupBy(ofPolicy, ({ applicable: { rule } }) => rule.name);
      const statuses = [...rules].map(([rule, ofRule]) => [rule, statusesOf(ofRule, names)]);
      return [policy, Object.fromEntries(statuses)] as const;
    }),
  );
}
