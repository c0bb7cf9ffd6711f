import { checkNames } from '../condition/variables/check-names.ts';
import type { Fields } from './fields.ts';
import { closestWord } from './suggestion.ts';
import type { ForeachValidation } from './validation.ts';

/** Fields of an AdmissionRequest, and what Kyverno adds. */
const REQUEST_FIELDS: readonly string[] = [
  'uid',
  'kind',
  'resource',
  'subResource',
  'requestKind',
  'requestResource',
  'requestSubResource',
  'name',
  'namespace',
  'operation',
  'userInfo',
  'object',
  'oldObject',
  'dryRun',
  'options',
  'roles',
  'clusterRoles',
];

/**
 * Warns of lists that are never there: Kyverno takes them for empty, so that the rule judges nothing and
 * nobody notices. `declared` are the names of the context around.
 */
export function listFaults(
  { loops }: ForeachValidation,
  declared: ReadonlySet<string>,
  { faults, isNested = false }: { readonly faults: Fields; readonly isNested?: boolean },
): void {
  for (const { path, list, context, validation } of loops) {
    const variable = { path: `${path}.list`, text: list.text, expression: list };
    const names = { declared, isForeach: isNested, isBackground: false };
    const messages = [
      ...checkNames([variable], names).map(({ message }) => message),
      ...unknownFields(list.text),
    ];
    for (const message of messages)
      faults.faultAt(variable.path, 'warning', `${message}: the list is never there`);
    if (validation.kind === 'foreach')
      listFaults(validation, new Set([...declared, ...context.map(({ name }) => name)]), {
        faults,
        isNested: true,
      });
  }
}

function unknownFields(list: string): readonly string[] {
  return [...list.matchAll(/(?<![\w."'])request\.(\w+)/g)].flatMap(([, field = '']) => {
    if (REQUEST_FIELDS.includes(field)) return [];
    const meant = closestWord(field, REQUEST_FIELDS);
    const hint = meant === undefined ? '' : `, did you mean "request.${meant}"?`;
    return [`a request has no field "${field}"${hint}`];
  });
}
