import type { ApiCallEntry, ContextEntry, ParameterEntry } from './context-entry.ts';
import type { CelValidation } from './validation.ts';

/** All expressions of a rule. */
export type CelExpressions = Pick<CelValidation, 'preconditions' | 'variables' | 'expressions'>;

function textsOf({ preconditions, variables, expressions }: CelExpressions): readonly string[] {
  return [
    ...[...preconditions, ...variables].map(({ program }) => program.text),
    ...expressions.flatMap(({ program, messageProgram }) => [
      program.text,
      messageProgram?.text ?? '',
    ]),
  ];
}

/** What stands for the namespace of the object where expressions ask for more of it than its name. */
export const NAMESPACE_ENTRY = 'namespaceObject';

const MORE_THAN_NAME = /\bnamespaceObject\b(?!\.metadata\.name\b)/;

/** What the expressions of a rule name that has to be asked for, as Kyverno 1.19 does without being told. */
export function celContext(
  validation: CelExpressions,
  path: string,
  parameters: ParameterEntry | undefined,
): readonly ContextEntry[] {
  return [
    ...(textsOf(validation).some((text) => MORE_THAN_NAME.test(text))
      ? [namespaceEntry(path)]
      : []),
    ...(parameters === undefined ? [] : [parameters]),
  ];
}

function namespaceEntry(path: string): ApiCallEntry {
  const urlPath = '/api/v1/namespaces/{{ request.namespace }}';
  return {
    kind: 'api-call',
    path,
    name: NAMESPACE_ENTRY,
    call: { method: 'GET', data: [], target: { kind: 'api-server', urlPath } },
    jmesPath: undefined,
    default: undefined,
  };
}
