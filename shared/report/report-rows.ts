import type { Decision, ImageRecord } from '../admission/decision.ts';
import type { Policy } from '../policy/model.ts';
import { policyKey } from '../policy/policy-key.ts';
import type { SignatureFact } from '../verification/verdict.ts';
import { REPORT_SOURCE, type ReportProcess, type ReportRow } from './report-row.ts';
import { type ResultWithReasons, ruleResult } from './rule-result.ts';

/** One image of many may explain itself at length; a report has to hold them all. Characters. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Of what the author of a rule wants said; everything else has its place. */
const MAX_OWN_PROPERTIES = 20;

/** A key or an identity with its issuer is shorter than this. Characters. */
const MAX_PROPERTY_LENGTH = 300;

export interface ReportRowsOptions {
  readonly policies: readonly Policy[];
  readonly process: ReportProcess;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What rules said of an object: a row for each rule and image, and one for each rule that judged the object as a
 * whole. In an order that is the same each time.
 */
export function reportRows(
  { records, images }: Pick<Decision, 'records' | 'images'>,
  { policies, process, now }: ReportRowsOptions,
): readonly ReportRow[] {
  const byKey = new Map(policies.map((policy) => [policyKey(policy), policy]));
  const digests = new Map(images.map(({ pointer, digest }) => [pointer, digest]));
  const groups = Map.groupBy(records, ({ policy, rule, pointer }) =>
    JSON.stringify([policy, rule, pointer ?? '']),
  );
  const timestamp = { seconds: Math.floor(now / 1000), nanos: 0 };
  return [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, ofRule]) => {
      const [{ policy: key, rule: name, pointer, reportProperties }] = ofRule as [ImageRecord];
      const policy = byKey.get(key);
      if (policy === undefined) return [];
      const summed = ruleResult(ofRule, policy, name);
      const rule = policy.rules.find((known) => known.name === name);
      const digest = pointer === undefined ? undefined : digests.get(pointer);
      return [
        {
          source: REPORT_SOURCE,
          policy: key,
          rule: name,
          message: messageOf(summed),
          result: summed.result,
          ...labelsOf(policy),
          timestamp,
          properties: properties({
            ...ownProperties(reportProperties ?? rule?.reportProperties),
            process,
            ...imageProperties(summed, digest),
          }),
        },
      ];
    });
}

function labelsOf({ reporting }: Policy): Pick<ReportRow, 'scored' | 'category' | 'severity'> {
  const { isScored = true, category, severity } = reporting ?? {};
  return {
    scored: isScored,
    ...(category === undefined ? {} : { category }),
    ...(severity === undefined ? {} : { severity }),
  };
}

function messageOf({ decisive }: ResultWithReasons): string {
  const lines = decisive.flatMap(({ verdict }) => [
    verdict.message,
    ...('details' in verdict ? verdict.details : []),
  ]);
  return shortened([...new Set(lines)].join('\n'), MAX_MESSAGE_LENGTH);
}

function imageProperties(
  { decisive }: ResultWithReasons,
  resolved: string | undefined,
): Readonly<Record<string, string | undefined>> {
  const [record] = decisive;
  if (record === undefined) return {};
  const { image, container, waivedBy, verdict } = record;
  const signatures = decisive.flatMap(({ verdict }) =>
    verdict.kind === 'pass' ? verdict.signatures : [],
  );
  return {
    container,
    image,
    digest: verdict.digest ?? resolved,
    signer: joined(signatures.flatMap(signersOf)),
    issuer: joined(signatures.flatMap(({ identity }) => identity?.issuer ?? [])),
    reason: 'reason' in verdict ? verdict.reason : undefined,
    waivedBy,
  };
}

/** Whom a certificate names, else the key. */
function signersOf({ identity, keyFingerprint }: SignatureFact): readonly string[] {
  return identity === undefined || identity.subjects.length === 0
    ? [`key sha256:${keyFingerprint}`]
    : identity.subjects;
}

function ownProperties(
  written: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(written).slice(0, MAX_OWN_PROPERTIES));
}

function joined(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : [...new Set(texts)].join(', ');
}

function properties(
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, shortened(value, MAX_PROPERTY_LENGTH)]],
    ),
  );
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
