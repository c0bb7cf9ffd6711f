import { formatFault } from '../base/fault.ts';
import type { JsonValue } from '../base/json-value.ts';
import { stringMap } from '../base/string-map.ts';
import { substitute } from '../condition/variables/substitute.ts';
import { type FilledEntries, readFilledEntries } from '../policy/fill-entries.ts';
import { findText, VARIABLE } from '../policy/variables.ts';
import type { EntryTemplate, Rule, VerifyImagesEntry, VerifyImagesRule } from '../policy/model.ts';
import type { Verdict } from '../verification/verdict.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { hasConditions } from './attestation/has-conditions.ts';
import { evaluationVerdict, type RuleSession } from './rule-session.ts';

/** A rule that can be judged, or the verdict that it comes to without looking at anything more. */
export interface PreparedRule<RuleType extends Rule> {
  readonly applicable: ApplicableRule<RuleType>;
  readonly verdict?: Verdict;
}

/** Whether a rule asks for more of a request than its images. */
export function isDynamic(rule: Rule): boolean {
  if (rule.preconditions !== undefined || rule.kind === 'validate') return true;
  if (hasVariables(rule.reportProperties)) return true;
  return (
    rule.kind === 'verify-images' &&
    (rule.template !== undefined ||
      rule.entries.some((entry) => hasConditions(entry, rule.entries)))
  );
}

/**
 * Finds out whether a rule applies, and fills in the variables of its entries. What cannot be found out is an
 * error of the rule.
 */
export async function prepareRule<RuleType extends Rule>(
  applicable: ApplicableRule<RuleType>,
  session: RuleSession,
): Promise<PreparedRule<RuleType>> {
  const { rule } = applicable;
  try {
    const { preconditions } = rule;
    if (preconditions !== undefined && !(await session.judge(preconditions)).holds)
      return { applicable, verdict: notApplied(rule) };
    const told = { ...applicable, ...(await toldProperties(rule, session)) };
    if (rule.kind !== 'verify-images' || rule.template === undefined)
      return { applicable: { ...told, session } };
    const filled = await fill(rule, rule.template, session);
    return 'faults' in filled
      ? { applicable: told, verdict: unusable(rule, filled.faults.map(formatFault)) }
      : { applicable: { ...told, session, entries: filled.entries } };
  } catch (error) {
    return {
      applicable,
      verdict: evaluationVerdict(`rule ${rule.name} cannot be evaluated`, error),
    };
  }
}

function hasVariables(properties: Rule['reportProperties']): boolean {
  return properties !== undefined && findText(properties, '', VARIABLE).length > 0;
}

/** What cannot be replaced is told as it is written, and changes no verdict (Kyverno 1.19). */
async function toldProperties(
  { reportProperties }: Rule,
  session: RuleSession,
): Promise<Pick<ApplicableRule, 'reportProperties'>> {
  if (reportProperties === undefined || !hasVariables(reportProperties)) return {};
  try {
    const filled = await session.evaluate((scope) =>
      substitute(reportProperties, scope, { ...session.evaluation, at: ['reportProperties'] }),
    );
    const texts = stringMap({ filled }, 'filled');
    const isText = Object.keys(texts).length === Object.keys(reportProperties).length;
    return { reportProperties: isText ? texts : reportProperties };
  } catch {
    return { reportProperties };
  }
}

async function fill(
  { entries }: VerifyImagesRule,
  template: EntryTemplate,
  session: RuleSession,
): Promise<FilledEntries> {
  const filled = await session.evaluate((scope) =>
    substitute(template.entries, scope, { ...session.evaluation, at: ['verifyImages'] }),
  );
  return known(template, filled, entries);
}

/** Few different values stand for a rule's variables: reading keys and certificates anew would cost most. */
const MAX_KNOWN = 16;

const read = new WeakMap<EntryTemplate, Map<string, FilledEntries>>();

function known(
  template: EntryTemplate,
  filled: JsonValue,
  original: readonly VerifyImagesEntry[],
): FilledEntries {
  const answers = read.get(template) ?? new Map<string, FilledEntries>();
  read.set(template, answers);
  const text = JSON.stringify(filled);
  const answer = answers.get(text) ?? readFilledEntries(template, filled, original);
  answers.delete(text);
  answers.set(text, answer);
  const [oldest] = answers.keys();
  if (answers.size > MAX_KNOWN && oldest !== undefined) answers.delete(oldest);
  return answer;
}

function notApplied({ name }: Rule): Verdict {
  const message = `rule ${name} does not apply: its preconditions are not met`;
  return { kind: 'skip', message, digest: undefined };
}

function unusable({ name }: Rule, details: readonly string[]): Verdict {
  return {
    kind: 'error',
    reason: 'EVALUATION_FAILED',
    message: `rule ${name} cannot be used with the values of its variables`,
    details,
    digest: undefined,
    transient: false,
    retryAfterSeconds: undefined,
  };
}
