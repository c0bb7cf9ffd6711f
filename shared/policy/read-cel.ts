import type { Fields } from './fields.ts';
import { readCelProgram } from './read-cel-program.ts';
import { readMatchConditions } from './read-match-conditions.ts';
import type { CelExpression, CelValidation, NamedProgram } from './validation.ts';

const IDENTIFIER = /^[A-Za-z_]\w*$/;

/** Reads `validate.cel`, and the `celPreconditions` of its rule. */
export function readCel(rule: Fields, cel: Fields): CelValidation {
  const validation: CelValidation = {
    kind: 'cel',
    preconditions: readMatchConditions(rule, 'celPreconditions'),
    variables: readVariables(cel),
    expressions: readExpressions(cel),
  };
  for (const key of ['paramKind', 'paramRef'])
    cel.unsupported(key, 'parameters from other objects are not supported yet');
  if (cel.boolean('generate') === true)
    cel.fault('warning', 'has no effect: the rule is evaluated here', 'generate');
  if (cel.objects('auditAnnotations').length > 0)
    cel.fault('warning', 'have no effect: nothing is written to the audit log', 'auditAnnotations');
  cel.end();
  return validation;
}

function readVariables(cel: Fields): readonly NamedProgram[] {
  const seen = new Set<string>();
  return cel.objects('variables').flatMap((variable) => {
    const name = variable.string('name') ?? '';
    if (!IDENTIFIER.test(name))
      variable.fault('error', `found ${JSON.stringify(name)}, expected a name in CEL`, 'name');
    else if (seen.has(name))
      variable.fault('error', `found "${name}" twice, expected a name of its own`, 'name');
    seen.add(name);
    const program = readCelProgram(variable, 'expression', 'dyn');
    variable.end();
    return program === undefined ? [] : [{ name, program }];
  });
}

function readExpressions(cel: Fields): readonly CelExpression[] {
  const expressions = cel.objects('expressions');
  if (expressions.length === 0)
    cel.fault('error', 'found no expressions, expected at least one', 'expressions');
  return expressions.flatMap((expression) => {
    const program = readCelProgram(expression, 'expression', 'bool');
    const message = expression.string('message');
    const messageProgram = expression.has('messageExpression')
      ? readCelProgram(expression, 'messageExpression', 'string')
      : undefined;
    // Only for the status of answers of the API server itself.
    expression.string('reason');
    expression.end();
    return program === undefined ? [] : [{ program, message, messageProgram }];
  });
}
