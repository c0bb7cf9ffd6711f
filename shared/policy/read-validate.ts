import type { JsonValue } from '../base/json-value.ts';
import { readRuleAction } from './failure-action.ts';
import { oneOf, type Fields } from './fields.ts';
import { looksAtImages, mentionsImages } from './image-leaf.ts';
import type { FailureAction } from './model.ts';
import { lintPattern } from './pattern/lint-pattern.ts';
import { VARIABLE } from './variables.ts';

/** What a validate rule is to us. */
export type ReadValidate =
  | {
      readonly kind: 'pattern';
      readonly pattern: JsonValue;
      readonly message: string | undefined;
      readonly action: FailureAction;
    }
  /** About images, in a form that is not read; the faults say which. */
  | { readonly kind: 'unsupported'; readonly action: FailureAction }
  | { readonly kind: 'foreign' };

/** The sub-languages of `validate`; exactly one. Those marked foreign never decide about image names. */
const LANGUAGES = {
  pattern: 'read',
  anyPattern: 'maybe',
  deny: 'maybe',
  foreach: 'maybe',
  cel: 'maybe',
  assert: 'maybe',
  podSecurity: 'foreign',
  manifests: 'foreign',
} as const;

const LANGUAGE_NAMES = Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[];

/** Reads `validate` of a rule; rules that do not look at images are left to other engines. */
export function readValidate(
  rule: Fields,
  validate: Fields,
  policyAction: FailureAction,
): ReadValidate {
  const [language, ...more] = LANGUAGE_NAMES.filter((name) => validate.has(name));
  if (language === undefined || more.length > 0) {
    const found = language === undefined ? 'none of them' : [language, ...more].join(' and ');
    validate.fault('error', `found ${found}, expected exactly one of ${oneOf(LANGUAGE_NAMES)}`);
    return { kind: 'foreign' };
  }
  if (!isAboutImages(rule, validate, language)) return { kind: 'foreign' };
  const action = readRuleAction(validate, policyAction);
  const message = readMessage(validate);
  readExisting(validate);
  validate.end();
  if (language !== 'pattern') {
    validate.fault(
      'unsupported',
      `"${language}" rules about images are not supported yet`,
      language,
    );
    return { kind: 'unsupported', action };
  }
  lintPattern(validate);
  return { kind: 'pattern', pattern: validate.json('pattern') ?? null, message, action };
}

function isAboutImages(rule: Fields, validate: Fields, language: keyof typeof LANGUAGES): boolean {
  switch (LANGUAGES[language]) {
    case 'read':
      return looksAtImages(validate.json(language));
    case 'maybe':
      return mentionsImages(validate.json(language)) || mentionsImages(rule.json('context'));
    case 'foreign':
      return false;
  }
}

function readMessage(validate: Fields): string | undefined {
  const message = validate.string('message');
  if (message !== undefined && VARIABLE.test(message))
    validate.fault(
      'warning',
      'variables in messages are not replaced yet, they are shown as written',
      'message',
    );
  return message;
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
