import { rootNames } from '../jmespath/root-names.ts';
import type { PlacedVariable } from './list-variables.ts';

/** What every rule can read (Kyverno 1.19). */
const RULE_NAMES = ['request', 'images', 'serviceAccountName', 'serviceAccountNamespace'] as const;

/** What a `foreach` can read besides; a number says which of those that stand in one another. */
const ELEMENT_NAME = /^element(?:Index)?\d*$/;

/** Where variables stand, and so what they can name. */
export interface NameContext {
  /** Names of the `context` entries above, and of attestations. */
  readonly declared: ReadonlySet<string>;
  readonly isForeach: boolean;
  /** Whether the policy also runs in the background, where nobody makes a request. */
  readonly isBackground: boolean;
}

/**
 * What is not known in the background; `.` before a name makes it the field of something else (Kyverno
 * 1.19).
 */
const USER_NAMES =
  /(?<![\w.])(?:serviceAccountName|serviceAccountNamespace|request\.(?:userInfo|roles|clusterRoles))\b/;

/**
 * Variables that can never have a value where they stand: names that nothing gives, and in policies that
 * run in the background those of who makes a request. Kyverno refuses policies with either.
 */
export function checkNames(
  variables: readonly PlacedVariable[],
  context: NameContext,
): readonly { readonly path: string; readonly message: string }[] {
  return variables.flatMap(({ path, text, expression }) => {
    const names = expression === undefined ? [] : [...rootNames(expression)];
    const unknown = names.filter((name) => !isKnown(name, context));
    const faults = unknown.map((name) => ({ path, message: unknownName(name, text, context) }));
    if (!context.isBackground || !needsUser(text)) return faults;
    return [
      ...faults,
      {
        path,
        message: `the variable "${text}" is not known in background scans, expected "spec.background: false" with it`,
      },
    ];
  });
}

/** Whether a variable, as written, hangs on who makes a request. */
export function needsUser(text: string): boolean {
  return USER_NAMES.test(text);
}

function isKnown(name: string, { declared, isForeach }: NameContext): boolean {
  return (
    RULE_NAMES.some((known) => known === name) ||
    declared.has(name) ||
    (isForeach && ELEMENT_NAME.test(name))
  );
}

function unknownName(name: string, text: string, { declared, isForeach }: NameContext): string {
  const names = [...RULE_NAMES, ...(isForeach ? ['element', 'elementIndex'] : []), ...declared];
  const where = name === text ? '' : ` in "${text}"`;
  return `nothing gives the variable "${name}"${where}, expected ${names.join(', ')} or a name of "context"`;
}
