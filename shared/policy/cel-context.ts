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

/** Whether expressions ask for the namespace of the object at all, and for more of it than its name. */
export function namespaceNeed(validation: CelExpressions): 'none' | 'name' | 'object' {
  const texts = textsOf(validation);
  if (texts.some((text) => /\bnamespaceObject\b(?!\.metadata\.name\b)/.test(text))) return 'object';
  return texts.some((text) => /\bnamespaceObject\b/.test(text)) ? 'name' : 'none';
}

/** What the expressions of a rule name that has to be asked for, as Kyverno 1.19 does without being told. */
export function celContext(
  validation: CelExpressions,
  path: string,
  parameters: ParameterEntry | undefined,
): readonly ContextEntry[] {
  return [
    ...(namespaceNeed(validation) === 'object' ? [namespaceEntry(path)] : []),
    ...(parameters === undefined ? [] : [parameters]),
  ];
}

function namespaceEntry(path: string): ApiCallEntry {
  const urlPath = '/api/v1/namespaces/{{ request.namespace }}';
  return {
    kind: 'api-call',
    path,
    name: 'namespaceObject',
    call: { method: 'GET', data: [], target: { kind: 'api-server', urlPath } },
    jmesPath: undefined,
    default: undefined,
  };
}
