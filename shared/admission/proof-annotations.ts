import type { AddOperation } from 'fast-json-patch';
import { isJsonObject, type JsonObject, member } from '../base/json-value.ts';
import { patternSubject } from '../image/format-reference.ts';
import type { PinnedImage } from './decision.ts';
import type { ExaminedImage } from './examined-object.ts';
import type { ImageJudgement } from './judge-images.ts';

/** `kyverno.io/verify-images`, what became of each image, as a JSON pointer. */
const FLAT = '/metadata/annotations/kyverno.io~1verify-images';

/** The same by policy and rule, since Kyverno 1.19. */
const SCOPED = '/metadata/annotations/kyverno.io~1verify-images-scoped';

type Status = 'pass' | 'fail' | 'skip';

/** By name of the image. */
type Statuses = Record<string, Status>;

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
  const hasAnnotations = isJsonObject(member(member(object, 'metadata'), 'annotations'));
  const { flat, scoped } = textsOf(judgements, pins);
  return [
    ...(hasAnnotations ? [] : [add('/metadata/annotations', {})]),
    add(FLAT, flat),
    add(SCOPED, scoped),
  ];
}

interface Texts {
  readonly flat: string;
  readonly scoped: string;
}

/** The replicas of a workload get the same texts, one after the other. */
const MAX_KNOWN = 256;
const known = new Map<string, Texts>();

function textsOf(judgements: readonly ImageJudgement[], pins: readonly PinnedImage[]): Texts {
  let key = '';
  for (const { applicable, image, verdict } of judgements)
    key += `${applicable.policy.hash} ${applicable.rule.name}\n${pinAt(image, pins)?.pinned ?? image.image} ${verdict.kind}\n`;
  const texts = known.get(key) ?? makeTexts(judgements, pins);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, texts);
  return texts;
}

function makeTexts(judgements: readonly ImageJudgement[], pins: readonly PinnedImage[]): Texts {
  const flat = record<Status>();
  const policies = record<Record<string, Statuses>>();
  for (const { applicable, image, verdict } of judgements) {
    const { policy, rule } = applicable;
    const name = nameOf(image, pinAt(image, pins));
    const status = verdict.kind === 'error' ? 'fail' : verdict.kind;
    const rules = (policies[`${policy.namespace ?? ''}/${policy.name}`] ??= record());
    note(flat, name, status);
    note((rules[rule.name] ??= record()), name, status);
  }
  return { flat: JSON.stringify(flat), scoped: JSON.stringify({ version: 1, policies }) };
}

/** Authors choose the names of rules: none may be one that every object has. */
function record<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

function add(path: string, value: unknown): AddOperation<unknown> {
  return { op: 'add', path, value };
}

function pinAt({ pointer }: ExaminedImage, pins: readonly PinnedImage[]): PinnedImage | undefined {
  return pins.find((candidate) => candidate.pointer === pointer);
}

/** As Kyverno names it after pinning: without the tag where there is a digest. */
function nameOf({ reference, image }: ExaminedImage, pin: PinnedImage | undefined): string {
  if (reference === undefined) return image;
  const isPinned = pin?.pinned !== undefined;
  return patternSubject(isPinned ? { ...reference, digest: pin.digest } : reference);
}

/** Of several words on one image a "no" counts most, then a "yes". */
const WEIGHT: Readonly<Record<Status, number>> = { fail: 2, pass: 1, skip: 0 };

function note(statuses: Statuses, name: string, status: Status): void {
  const known = statuses[name];
  if (known === undefined || WEIGHT[status] > WEIGHT[known]) statuses[name] = status;
}
