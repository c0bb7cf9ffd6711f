import type { Fault } from '../base/fault.ts';
import type { JsonValue } from '../base/json-value.ts';
import type { ContextEntry } from './context-entry.ts';
import { oneOf, type Fields } from './fields.ts';
import type { FailureAction, Rule, Selection, ValidateRule, VerifyImagesRule } from './model.ts';
import { readConditions } from './read-conditions.ts';
import { readContext } from './read-context.ts';
import {
  lintBlindKinds,
  lintOpenKinds,
  readExtractors,
  refuseTransformedPins,
} from './read-extractors.ts';
import { readSelection } from './read-selection.ts';
import type { RuleContext } from './rule-context.ts';
import { readValidate } from './read-validate.ts';
import { readVerifyImages } from './read-verify-images.ts';

/** A rule as its author wrote it; `rule` is undefined where it is faulty or not for us. */
export interface ReadRule {
  readonly rule: Rule | undefined;
  /** These two also for rules that are not for us: Kyverno generates for the whole policy or not at all. */
  readonly selection: Selection;
  readonly blocksAutogen: boolean;
}

/** What a rule does; exactly one. */
const TYPES = ['validate', 'verifyImages', 'mutate', 'generate'] as const;

/** Kubernetes' limit for names, which Kyverno applies to rules. */
export const MAX_RULE_NAME: number = 63;

/** Reads one rule; its faults go to `faults`. */
export function readRule(fields: Fields, context: RuleContext, faults: Fault[]): ReadRule {
  const own: Fault[] = [];
  const rule = fields.collecting(own);
  const name = readName(rule);
  const type = readType(rule);
  // Without a type the rest of the rule is still read, so that all its faults come at once.
  const content: Content =
    type === undefined
      ? { kind: 'unsupported', action: context.action }
      : readContent(rule, type, context);
  const read = content.kind === 'foreign' ? undefined : completeRule(rule, name, content);
  if (read === undefined && !own.some(({ severity }) => severity === 'error'))
    rule.fault('foreign', `rule "${name}" is not about images and left to other engines`);
  faults.push(...own);
  return {
    rule: read === undefined ? undefined : withUnsupported(read, own),
    selection: read?.selection ?? readSelection(fields.collecting([])),
    blocksAutogen: type === 'generate' || (type === 'mutate' && patchesByPath(rule.json('mutate'))),
  };
}

function readType(rule: Fields): (typeof TYPES)[number] | undefined {
  const [type, ...more] = TYPES.filter((candidate) => rule.has(candidate));
  if (type !== undefined && more.length === 0) return type;
  const found = type === undefined ? 'none of them' : [type, ...more].join(' and ');
  rule.fault('error', `found ${found}, expected exactly one of ${oneOf(TYPES)}`);
  return undefined;
}

/** JSON patches name places in Pods, so Kyverno carries nothing of such a policy over. */
function patchesByPath(mutate: JsonValue | undefined): boolean {
  return JSON.stringify(mutate ?? null).includes('"patchesJson6902"');
}

/** What a rule does, without what all rules have in common. */
type Content =
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unsupported'; readonly action: FailureAction }
  | Pick<VerifyImagesRule, 'kind' | 'action' | 'entries' | 'template'>
  | Pick<ValidateRule, 'kind' | 'action' | 'message' | 'validation'>;

const FOREIGN: Content = { kind: 'foreign' };

function readContent(rule: Fields, type: (typeof TYPES)[number], context: RuleContext): Content {
  switch (type) {
    case 'verifyImages':
      return { kind: 'verify-images', ...readVerifyImages(rule, context) };
    case 'validate': {
      const validate = rule.object('validate');
      if (validate === undefined) return FOREIGN;
      return readValidate(rule, validate, context);
    }
    case 'mutate':
    case 'generate':
      return FOREIGN;
  }
}

function completeRule(
  rule: Fields,
  name: string,
  content: Exclude<Content, { kind: 'foreign' }>,
): Rule {
  const selection: Selection = readSelection(rule);
  const context = [...readContext(rule), ...impliedContext(content)];
  const preconditions = readConditions(rule, 'preconditions');
  if (content.kind !== 'validate') rule.unsupported('celPreconditions', 'are for "cel" rules only');
  const extractors = readExtractors(rule);
  if (extractors !== undefined && pins(content)) refuseTransformedPins(rule, extractors);
  lintKinds(rule, content, { selection, extractors: extractors ?? {} });
  rule.boolean('skipBackgroundRequests');
  const reportProperties = rule.stringMap('reportProperties');
  rule.end();
  const base = {
    name,
    selection,
    view: 'object' as const,
    ...(context.length === 0 ? {} : { context }),
    ...(preconditions === undefined ? {} : { preconditions }),
    ...(extractors === undefined ? {} : { extractors }),
    ...(Object.keys(reportProperties).length === 0 ? {} : { reportProperties }),
  };
  return content.kind === 'unsupported'
    ? { ...base, ...content, imageReferences: undefined, faults: [] }
    : { ...base, ...content };
}

/** Expressions in CEL name things that nobody declares. */
function impliedContext(content: Content): readonly ContextEntry[] {
  return content.kind === 'validate' && content.validation.kind === 'cel'
    ? content.validation.context
    : [];
}

function lintKinds(
  rule: Fields,
  { kind }: Content,
  { selection, extractors }: Required<Pick<Rule, 'selection' | 'extractors'>>,
): void {
  if (kind === 'validate') lintOpenKinds(rule, selection);
  if (kind === 'verify-images') lintBlindKinds(rule, selection, extractors);
}

function pins(content: Content): boolean {
  return content.kind === 'verify-images' && content.entries.some((entry) => entry.mutateDigest);
}

function readName(rule: Fields): string {
  const name = rule.string('name') ?? '';
  if (name === '') rule.fault('error', 'missing, expected a name', 'name');
  if (name.length > MAX_RULE_NAME)
    rule.fault('error', `has ${name.length} characters, expected at most ${MAX_RULE_NAME}`, 'name');
  return name;
}

/** A rule with anything unsupported in it never passes where it applies (MUST-NOT-HAPPEN 10). */
export function withUnsupported(rule: Rule, faults: readonly Fault[]): Rule {
  const unsupported = faults.filter(({ severity }) => severity === 'unsupported');
  if (unsupported.length === 0) return rule;
  const { name, selection, action, view, extractors, reportProperties } = rule;
  const before = rule.kind === 'unsupported' ? rule.faults : [];
  return {
    kind: 'unsupported',
    name,
    selection,
    action,
    view,
    ...(extractors === undefined ? {} : { extractors }),
    ...(reportProperties === undefined ? {} : { reportProperties }),
    imageReferences: imagesOf(rule),
    faults: [...before, ...unsupported],
  };
}

/** The images that the rule would have looked at, so that it refuses no others. */
export function imagesOf(rule: Rule): readonly string[] | undefined {
  switch (rule.kind) {
    case 'verify-images':
      return rule.entries.flatMap(({ imageReferences }) => imageReferences);
    case 'unsupported':
      return rule.imageReferences;
    case 'validate':
      return undefined;
  }
}
