import { type JsonValue, stringAt } from '../base/json-value.ts';
import { elementFaults } from './element-faults.ts';
import { readRuleAction } from './failure-action.ts';
import { oneOf, type Fields } from './fields.ts';
import { looksAtImages, mentionsImages, variablesMentionImages } from './image-leaf.ts';
import { listFaults } from './list-faults.ts';
import type { FailureAction, ValidateRule } from './model.ts';
import { readCel } from './read-cel.ts';
import { readDeny } from './read-deny.ts';
import { readForeach } from './read-foreach.ts';
import { readAnyPattern, readPattern } from './read-pattern.ts';
import type { RuleContext } from './rule-context.ts';
import type { Validation } from './validation.ts';
import { reportVariableFaults } from './variable-faults.ts';

/** What a validate rule is to us. */
export type ReadValidate =
  | Pick<ValidateRule, 'kind' | 'action' | 'message' | 'validation'>
  /** About images, in a form that is not read; the faults say which. */
  | { readonly kind: 'unsupported'; readonly action: FailureAction }
  | { readonly kind: 'foreign' };

/** The sub-languages of `validate`; exactly one. Those without a reader are not evaluated here. */
const LANGUAGES = {
  pattern: (_rule, validate) => readPattern(validate),
  anyPattern: (_rule, validate) => readAnyPattern(validate),
  deny: (_rule, validate) => readDeny(validate),
  foreach: (_rule, validate) => readForeach(validate),
  cel: (rule, validate) => {
    const cel = validate.object('cel');
    return cel === undefined ? undefined : readCel(rule, cel);
  },
  assert: () => undefined,
  podSecurity: () => undefined,
  manifests: () => undefined,
} as const satisfies Readonly<
  Record<string, (rule: Fields, validate: Fields) => Validation | undefined>
>;

type Language = keyof typeof LANGUAGES;

const LANGUAGE_NAMES = Object.keys(LANGUAGES) as Language[];

/** Reads `validate` of a rule; rules that do not look at images are left to other engines. */
export function readValidate(rule: Fields, validate: Fields, context: RuleContext): ReadValidate {
  const [language, ...more] = LANGUAGE_NAMES.filter((name) => validate.has(name));
  if (language === undefined || more.length > 0) {
    const found = language === undefined ? 'none of them' : [language, ...more].join(' and ');
    validate.fault('error', `found ${found}, expected exactly one of ${oneOf(LANGUAGE_NAMES)}`);
    return { kind: 'foreign' };
  }
  if (!isAboutImages(rule, validate, language)) return { kind: 'foreign' };
  const action = readRuleAction(validate, context.action);
  const message = validate.string('message');
  reportVariableFaults(validate, 'message');
  readExisting(validate);
  const validation = LANGUAGES[language](rule, validate);
  elementFaults(validate, context.dialect);
  if (validation?.kind === 'foreach')
    listFaults(validation, contextNames(rule), { faults: validate });
  if (language !== 'cel') refuseCelPreconditions(rule);
  validate.end();
  if (validation !== undefined) return { kind: 'validate', action, message, validation };
  if (language === 'assert')
    validate.fault('unsupported', '"assert" rules about images are not supported', language);
  return { kind: 'unsupported', action };
}

/** The rule looks at images itself, or what it says depends on something that does. */
function isAboutImages(rule: Fields, validate: Fields, language: Language): boolean {
  if (language === 'podSecurity' || language === 'manifests') return false;
  const demand: JsonValue | undefined = validate.json(language);
  const isPattern = language === 'pattern' || language === 'anyPattern';
  return (
    (isPattern
      ? looksAtImages(demand) || variablesMentionImages(demand)
      : mentionsImages(demand)) ||
    ['context', 'preconditions', 'celPreconditions'].some((key) => mentionsImages(rule.json(key)))
  );
}

function contextNames(rule: Fields): ReadonlySet<string> {
  const entries = rule.json('context');
  const names = (Array.isArray(entries) ? (entries as readonly JsonValue[]) : []).map((entry) =>
    stringAt(entry, 'name'),
  );
  return new Set(names.filter((name) => name !== undefined));
}

/** Kyverno refuses such a rule too. */
function refuseCelPreconditions(rule: Fields): void {
  if (rule.has('celPreconditions'))
    rule.fault('error', 'is for "cel" rules only, write "preconditions"', 'celPreconditions');
}

function readExisting(validate: Fields): void {
  if (validate.boolean('allowExistingViolations') === false) {
    validate.fault(
      'warning',
      'has no effect yet: an update that changes no image passes where the object already was like that',
      'allowExistingViolations',
    );
  }
}
