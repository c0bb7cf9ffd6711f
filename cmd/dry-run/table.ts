import type { ImageRecord } from '#shared/admission/decision.ts';
import { type Digest, tryParseDigest } from '#shared/base/digest.ts';
import { plural } from '../print/plural.ts';
import { printableText } from '../print/printable-text.ts';
import type { Colour, Style } from '../print/style.ts';
import { type Cell, formatTable } from '../print/table.ts';
import { printable } from '../print/tree.ts';
import { objectName } from './admission-request.ts';
import { EXEMPT_NAMESPACES } from '#shared/workload/exempt-namespaces.ts';
import {
  type ImageJudgement,
  type ImageOutcome,
  type Judgement,
  imageJudgements,
  isRefused,
} from './judgement.ts';

export interface TableOptions {
  readonly style: Style;
  readonly wide: boolean;
  readonly headers: boolean;
  readonly withNamespace: boolean;
  /** Leaves out what would be admitted; the sum is still of everything. */
  readonly refusedOnly: boolean;
}

/** Hex digits shown of a digest, as docker shows ids. */
const SHORT_DIGEST = 12;

const PAINT: Readonly<Record<ImageOutcome, Colour | undefined>> = {
  pin: 'green',
  allow: undefined,
  warn: 'yellow',
  deny: 'red',
  unknown: 'yellow',
};

/** The view for people: a table with one line an image, why things would be refused, and the sum. */
export function formatJudgements(judgements: readonly Judgement[], options: TableOptions): string {
  const shown = options.refusedOnly ? judgements.filter(isRefused) : judgements;
  const rows = shown.flatMap((judgement) => rowsOf(judgement, options));
  const headers = headersOf(options);
  const table =
    rows.length === 0 ? '' : formatTable({ headers, rows }, options.style, options.headers);
  const reasons = judgements
    .filter(isRefused)
    .map((judgement) => formatRefusal(judgement, options.style));
  return [table, ...reasons, `${formatSummary(judgements)}\n`]
    .filter((part) => part !== '')
    .join('\n');
}

function headersOf({ wide, withNamespace }: TableOptions): readonly string[] {
  return [
    ...(withNamespace ? ['NAMESPACE'] : []),
    'OBJECT',
    'CONTAINER',
    'IMAGE',
    'DIGEST',
    'DECISION',
    'POLICY/RULE',
    ...(wide ? ['ORIGIN'] : []),
  ];
}

function rowsOf(judgement: Judgement, options: TableOptions): readonly (readonly Cell[])[] {
  const images = imageJudgements(judgement);
  if (images.length > 0) return images.map((image) => rowOf(judgement, image, options));
  if (!options.wide) return [];
  const cells = ['-', '-', '-', '-', 'nothing to check'];
  return [
    around(
      judgement,
      cells.map((text): Cell => ({ text })),
      options,
    ),
  ];
}

function rowOf(judgement: Judgement, row: ImageJudgement, options: TableOptions): readonly Cell[] {
  const { image, outcome, decisive } = row;
  const digest = image?.digest === undefined ? '<none>' : shortDigest(image.digest, options.wide);
  const rules = [...new Set([...decisive, ...waivedBeside(judgement, row)].map(ruleText))];
  const cells: readonly Cell[] = [
    { text: image === undefined ? '*' : image.container || '-' },
    { text: image === undefined ? '*' : imageText(image.written, options.wide) },
    { text: image === undefined ? '-' : digest },
    { text: outcome, paint: PAINT[outcome] },
    { text: rules.length === 0 ? noRule(judgement) : rules.join(',') },
  ];
  return around(judgement, cells, options);
}

function around(
  { subject, request }: Judgement,
  cells: readonly Cell[],
  { wide, withNamespace }: TableOptions,
): readonly Cell[] {
  return [
    ...(withNamespace ? [{ text: request.namespace }] : []),
    { text: objectName(request) },
    ...cells,
    ...(wide ? [{ text: subject.origin }] : []),
  ];
}

/** Rules that were not asked about an object that nothing refuses; of one that is refused, only what refuses it is told. */
function waivedBeside(
  { decision }: Judgement,
  { outcome }: ImageJudgement,
): readonly ImageRecord[] {
  if (outcome === 'deny' || outcome === 'unknown') return [];
  return decision.records.filter(
    ({ waivedBy, pointer }) => waivedBy !== undefined && pointer === undefined,
  );
}

function ruleText({ policy, rule, waivedBy, verdict }: ImageRecord): string {
  return `${policy}/${rule}${waivedBy === undefined ? '' : ` (${verdict.message})`}`;
}

function noRule({ request }: Judgement): string {
  return EXEMPT_NAMESPACES.includes(request.namespace) ? '<exempt namespace>' : '<none>';
}

/** The digest has a column of its own; what is none stays where it is. */
function imageText(written: string, full: boolean): string {
  const at = written.indexOf('@');
  const isWhole = full || at < 0 || tryParseDigest(written.slice(at + 1)) === undefined;
  return (isWhole ? written : written.slice(0, at)) || '<empty>';
}

function shortDigest(digest: Digest, full: boolean): string {
  return full ? digest : digest.slice(0, digest.indexOf(':') + 1 + SHORT_DIGEST);
}

function formatRefusal({ subject, request, decision }: Judgement, style: Style): string {
  const isDenied = decision.outcome === 'denied';
  const verb = isDenied ? 'would be denied' : 'could not be decided';
  const title = `${objectName(request)} ${style(isDenied ? 'red' : 'yellow', verb)} (${printable(subject.origin)}):`;
  const lines = printableText(decision.message)
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`));
  return `${title}\n${lines.join('\n')}\n`;
}

function formatSummary(judgements: readonly Judgement[]): string {
  const counts = new Map<string, number>();
  const images = judgements.flatMap(imageJudgements).filter(({ image }) => image !== undefined);
  for (const { outcome } of images) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const parts = Object.keys(PAINT).flatMap((outcome) => {
    const count = counts.get(outcome);
    return count === undefined ? [] : [`${count} ${outcome}`];
  });
  const denied = judgements.filter(({ decision }) => decision.outcome === 'denied').length;
  const unknown = judgements.filter(({ decision }) => decision.outcome === 'unknown').length;
  const objects = [
    plural(judgements.length, 'object'),
    ...(denied > 0 ? [`${denied} would be denied`] : []),
    ...(unknown > 0 ? [`${unknown} could not be decided`] : []),
  ];
  const imagePart = [plural(images.length, 'image'), ...parts].join(', ');
  return `${objects.join(', ')}; ${imagePart}`;
}
