import { childPath } from '../base/field-path.ts';
import { stringAt } from '../base/json-value.ts';
import type { RefusalFinder, Refused } from './refusal.ts';
import { isGiven, type Written, writtenAt, writtenList } from './written.ts';

/** What Kyverno 1.19 refuses of rules that validate. */
export const VALIDATE_REFUSALS: Readonly<
  Record<'celContext' | 'celPreconditions' | 'noCheck' | 'untextedLabel', RefusalFinder>
> = {
  celContext: ({ rules }) =>
    rules
      .filter((rule) => celOf(rule).length > 0 && writtenList(rule, 'context').length > 0)
      .map(({ path }) => [
        `${path}.context`,
        'this in rules with "cel", whose expressions see none of it; write "variables" of "cel"',
      ]),
  celPreconditions: ({ rules }) =>
    rules
      .filter((rule) => isGiven(rule, 'celPreconditions'))
      .filter((rule) => ['validate', 'mutate', 'generate'].some((type) => isGiven(rule, type)))
      .filter((rule) => !writtenAt(rule, 'validate').some((validate) => isGiven(validate, 'cel')))
      .map(({ path }) => [
        `${path}.celPreconditions`,
        'this in rules without "cel", write "preconditions"',
      ]),
  noCheck: ({ rules }) => rules.flatMap((rule) => writtenAt(rule, 'validate')).flatMap(emptyChecks),
  untextedLabel: ({ rules }) =>
    rules
      .flatMap(patternsOf)
      .flatMap((pattern) => [
        ...writtenAt(pattern, 'metadata'),
        ...writtenAt(pattern, 'spec')
          .flatMap((spec) => writtenAt(spec, 'template'))
          .flatMap((template) => writtenAt(template, 'metadata')),
      ])
      .flatMap((metadata) => [
        ...writtenAt(metadata, 'labels'),
        ...writtenAt(metadata, 'annotations'),
      ])
      .flatMap(({ value, path }) =>
        Object.entries(value)
          .filter(([, one]) => typeof one !== 'string')
          .map(([name]): Refused => [
            childPath(path, name),
            'labels and annotations that are no text in a pattern, put it into quotes',
          ]),
      ),
};

function celOf(rule: Written): readonly Written[] {
  return writtenAt(rule, 'validate')
    .flatMap((validate) => writtenAt(validate, 'cel'))
    .filter(({ value }) => Object.keys(value).length > 0);
}

/** An assertion is none of them: Kyverno does not evaluate it. */
const CHECKS = ['pattern', 'anyPattern', 'deny', 'foreach', 'podSecurity', 'cel'];
const LOOP_CHECKS = ['pattern', 'anyPattern', 'deny'];

function emptyChecks(validate: Written): readonly Refused[] {
  const verifiesManifests = writtenAt(validate, 'manifests').some(
    (manifests) => writtenList(manifests, 'attestors').length > 0,
  );
  const isChecked = verifiesManifests || CHECKS.some((check) => isGiven(validate, check));
  const [only] = ['assert', 'manifests'].filter((key) => isGiven(validate, key));
  return [
    ...(isChecked
      ? []
      : [
          [
            only === undefined ? validate.path : `${validate.path}.${only}`,
            'a rule that validates with nothing else, write "pattern", "anyPattern", "deny", "foreach", "cel" or "podSecurity"',
          ] as const,
        ]),
    ...writtenList(validate, 'foreach').flatMap(emptyLoop),
    ...writtenAt(validate, 'cel')
      .flatMap((cel) => writtenList(cel, 'expressions'))
      .filter(({ value }) => (stringAt(value, 'expression') ?? '') === '')
      .map(({ path }): Refused => [`${path}.expression`, 'an empty expression']),
  ];
}

function emptyLoop(loop: Written): readonly Refused[] {
  const found = [
    ...LOOP_CHECKS.filter((check) => isGiven(loop, check)),
    ...(writtenList(loop, 'foreach').length > 0 ? ['foreach'] : []),
  ];
  const checks: readonly Refused[] =
    found.length === 1
      ? []
      : [
          [
            loop.path,
            `${found.length === 0 ? 'a loop without a check' : `${found.join(' and ')} in one loop`}, write one of "pattern", "anyPattern", "deny" and "foreach"`,
          ],
        ];
  const hasList = (stringAt(loop.value, 'list') ?? '') !== '';
  return hasList ? checks : [...checks, [`${loop.path}.list`, 'a loop without a list']];
}

/** Those whose labels Kyverno looks at, of `mutate` too: the first loop, else the pattern, else each of the others. */
function patternsOf(rule: Written): readonly Written[] {
  return [
    ...writtenAt(rule, 'validate').flatMap((validate) => firstOf(validate, 'pattern')),
    ...writtenAt(rule, 'validate')
      .filter((one) => !isGiven(one, 'foreach') && writtenAt(one, 'pattern').length === 0)
      .flatMap((validate) => writtenList(validate, 'anyPattern')),
    ...writtenAt(rule, 'mutate').flatMap((mutate) => firstOf(mutate, 'patchStrategicMerge')),
  ];
}

function firstOf(owner: Written, key: string): readonly Written[] {
  if (!isGiven(owner, 'foreach')) return writtenAt(owner, key);
  return writtenList(owner, 'foreach')
    .flatMap((loop) => writtenAt(loop, key))
    .slice(0, 1);
}
