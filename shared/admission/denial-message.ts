import { stringAt } from '../base/json-value.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { adviceFor } from './advice.ts';
import { definiteRecords } from './definite-records.ts';
import type { ImageRecord } from './decision.ts';

/** The API server cuts nothing, but a person stops reading; far above any usual refusal. Characters. */
const MAX_MESSAGE_LENGTH = 8_000;

/**
 * The text of a refusal, as kubectl prints it: Kyverno's heading and its policy → rule → message shape,
 * then every image with what was found and what to do, one fact a line.
 */
export function denialMessage(request: AdmissionRequest, blocking: readonly ImageRecord[]): string {
  const heading =
    definiteRecords(blocking).length > 0
      ? 'was blocked due to the following policies'
      : 'was blocked because the following policies could not be checked';
  const lines = [`resource ${resourceName(request)} ${heading}`, ''];
  for (const [policy, records] of groupBy(blocking, ({ policy }) => policy)) {
    lines.push(`${policy}:`);
    for (const [rule, ofRule] of groupBy(records, ({ rule }) => rule)) {
      lines.push(`  ${rule}: |`, ...uniqueLines(ofRule).map((line) => `    ${line}`));
    }
  }
  const message = lines.map((line) => line.replaceAll(/[\p{Cc}]/gu, ' ')).join('\n');
  return message.length > MAX_MESSAGE_LENGTH
    ? `${message.slice(0, MAX_MESSAGE_LENGTH)}\n… (cut)`
    : message;
}

/** `Kind/namespace/name`, as Kyverno prints it. */
function resourceName({ kind, namespace, name, object }: AdmissionRequest): string {
  const ownName = name === '' ? (stringAt(object, 'metadata', 'name') ?? '') : name;
  const shown = ownName === '' ? `${stringAt(object, 'metadata', 'generateName') ?? ''}*` : ownName;
  return `${kind}/${namespace}/${shown}`;
}

function uniqueLines(records: readonly ImageRecord[]): readonly string[] {
  return groupBy(records, ({ verdict, image = '' }) => `${image}\n${verdict.message}`).flatMap(
    ([, same]) => {
      const [first] = same;
      return first === undefined ? [] : recordLines(first, containersOf(same));
    },
  );
}

function containersOf(records: readonly ImageRecord[]): string {
  return [
    ...new Set(records.flatMap(({ container = '' }) => (container === '' ? [] : [container]))),
  ].join(', ');
}

function recordLines({ verdict, isNotary }: ImageRecord, containers: string): readonly string[] {
  const lines = [verdict.message];
  if (containers !== '')
    lines.push(`  ${isPlace(containers) ? 'at' : 'in container'}: ${containers}`);
  if ('details' in verdict) lines.push(...verdict.details.map((detail) => `  ${detail}`));
  if ('reason' in verdict) lines.push(`  to do: ${adviceFor(verdict.reason, { isNotary })}`);
  return lines;
}

/** Names of containers hold no slash, JSON pointers begin with one. */
function isPlace(containers: string): boolean {
  return containers.startsWith('/');
}

function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly [string, readonly Item[]][] {
  return [...Map.groupBy(items, keyOf)];
}
