import type { AdmissionRequest } from '#shared/admission/admission-request.ts';
import type { Decision, ImageRecord, PinnedImage } from '#shared/admission/decision.ts';
import type { JsonObject } from '#shared/base/json-value.ts';

/** An object to judge, and where it came from. */
export interface Subject {
  /** `file.yaml:12` or the API server's address. */
  readonly origin: string;
  readonly object: JsonObject;
}

/** What admission would make of one object. */
export interface Judgement {
  readonly subject: Subject;
  readonly request: AdmissionRequest;
  readonly decision: Decision;
  /** Every image of the object, also those that no policy looks at. */
  readonly images: readonly PinnedImage[];
}

/** What a person is told about one image. */
export type ImageOutcome = 'pin' | 'allow' | 'warn' | 'deny' | 'unknown';

/** One image of an object (or, without an image, the object as a whole) with what decided about it. */
export interface ImageJudgement {
  readonly image: PinnedImage | undefined;
  readonly outcome: ImageOutcome;
  /** The records that led to the outcome. */
  readonly decisive: readonly ImageRecord[];
}

/**
 * What became of each image. A refusal of the object as a whole is the outcome of those images that no rule
 * has cleared by itself; where all are cleared, it gets a line of its own.
 */
export function imageJudgements({ decision, images }: Judgement): readonly ImageJudgement[] {
  const known = new Set(images.map(({ pointer }) => pointer));
  const object = judge(
    decision.records.filter(({ pointer }) => pointer === undefined || !known.has(pointer)),
    decision,
    'allow',
  );
  const rows = images.map((image): ImageJudgement => {
    const own = decision.records.filter(({ pointer }) => pointer === image.pointer);
    if (own.length === 0) return { image, ...object };
    return { image, ...judge(own, decision, image.pinned === undefined ? 'allow' : 'pin') };
  });
  const isShown =
    object.outcome === 'allow' || rows.some(({ outcome }) => outcome === object.outcome);
  return isShown ? rows : [...rows, { image: undefined, ...object }];
}

/** Whether the object would be refused, or nobody could say. */
export function isRefused({ decision }: Judgement): boolean {
  return decision.outcome !== 'admitted';
}

/** From the worst to the best: the first class that has records decides. */
function judge(
  records: readonly ImageRecord[],
  decision: Decision,
  otherwise: ImageOutcome,
): Omit<ImageJudgement, 'image'> {
  const isAdmitted = decision.outcome === 'admitted';
  const bad = records.filter(({ verdict }) => verdict.kind === 'fail' || verdict.kind === 'error');
  const enforced = isAdmitted ? [] : bad.filter(({ mode }) => mode === 'enforce');
  const classes: readonly (readonly [ImageOutcome, readonly ImageRecord[]])[] = [
    ['deny', enforced.filter(({ verdict }) => verdict.kind === 'fail')],
    ['unknown', enforced.filter(({ verdict }) => verdict.kind === 'error')],
    ['warn', bad],
  ];
  const worst = classes.find(([, found]) => found.length > 0);
  return worst === undefined
    ? { outcome: otherwise, decisive: records }
    : { outcome: worst[0], decisive: worst[1] };
}
