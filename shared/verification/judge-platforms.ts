import { Limiter } from '../base/limiter.ts';
import { formatReference } from '../image/format-reference.ts';
import { MAX_PLATFORMS, type PlatformManifest } from './platform-manifests.ts';
import type { ResolvedImage } from './resolved-image.ts';
import type { Verdict } from './verdict.ts';

/** One image's manifests are judged side by side, without taking all of a registry's connections. */
const CONCURRENT_PLATFORMS = 4;

type Refusal = Extract<Verdict, { kind: 'fail' }>;

type Pass = Extract<Verdict, { kind: 'pass' }>;

interface Judged {
  readonly child: PlatformManifest;
  readonly verdict: Verdict;
}

/** What the manifests of an index come to, as the index's own verdict or as words for it. */
export type PlatformVerdict =
  | Pass
  | Extract<Verdict, { kind: 'error' }>
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'none' };

/**
 * Judges the manifests that a node could run instead of an index: an index that is not signed as wanted
 * passes if every one of them is. One that is not, or that nobody could look at, decides for all.
 * @param judge judges one manifest as if it were the image.
 */
export async function judgePlatforms(
  image: ResolvedImage,
  children: readonly PlatformManifest[],
  judge: (child: ResolvedImage) => Promise<Verdict>,
): Promise<PlatformVerdict> {
  const [first, ...rest] = children;
  if (first === undefined) return { kind: 'none' };
  if (children.length > MAX_PLATFORMS)
    return {
      kind: 'refused',
      why: `it has ${children.length} platform manifests, and no more than ${MAX_PLATFORMS} are looked at`,
    };
  const judgeOne = async (child: PlatformManifest): Promise<Judged> => ({
    child,
    verdict: await judge({ ...image, digest: child.digest }),
  });
  // Most refused images have no signature at all: then one manifest is enough to know.
  const judged = [await judgeOne(first)];
  if (judged[0]?.verdict.kind === 'pass') {
    const limiter = new Limiter(CONCURRENT_PLATFORMS);
    judged.push(...(await Promise.all(rest.map((child) => limiter.run(() => judgeOne(child))))));
  }
  return conclude(image, judged);
}

/** The verdict on an index that is not signed as wanted itself. */
export function concludePlatforms(refusal: Refusal, platforms: PlatformVerdict): Verdict {
  switch (platforms.kind) {
    case 'none':
      return refusal;
    case 'refused': {
      const detail = `the index is not signed as wanted: ${platforms.why}`;
      return { ...refusal, details: [...refusal.details, detail] };
    }
    case 'pass':
    case 'error':
      return platforms;
  }
}

function conclude(image: ResolvedImage, judged: readonly Judged[]): PlatformVerdict {
  const refused = judged.find(({ verdict: { kind } }) => kind === 'fail' || kind === 'skip');
  if (refused !== undefined) return { kind: 'refused', why: whyOf(refused, judged) };
  for (const { verdict } of judged)
    if (verdict.kind === 'error') return { ...verdict, digest: image.digest };
  return allSigned(image, judged);
}

function whyOf({ child, verdict }: Judged, judged: readonly Judged[]): string {
  const passed = judged.filter((each) => each.verdict.kind === 'pass').length;
  const signed =
    passed === 0 ? '' : `${passed} of its ${judged.length} platform manifests are, but `;
  return `${signed}manifest ${child.digest} (${child.platform}) is not: ${verdict.message}`;
}

function allSigned(image: ResolvedImage, judged: readonly Judged[]): Pass {
  const passed = judged.flatMap(({ child, verdict }) =>
    verdict.kind === 'pass' ? [{ child, verdict }] : [],
  );
  const attestations = passed.flatMap(({ verdict }) => verdict.attestations ?? []);
  const platforms = passed.map(({ child }) => child.platform).join(', ');
  const name = formatReference({ ...image.reference, digest: image.digest });
  return {
    kind: 'pass',
    message: `verified image signatures for ${name} by its platform manifests (${platforms}): each is signed, the index is not`,
    digest: image.digest,
    signatures: passed.flatMap(({ child, verdict }) =>
      verdict.signatures.map((fact) => ({ ...fact, manifest: child })),
    ),
    ...(attestations.length === 0 ? {} : { attestations }),
  };
}
