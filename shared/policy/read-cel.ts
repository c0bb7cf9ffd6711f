import type { CelNames } from '../condition/cel/cel-program.ts';
import type { CelType } from '../condition/cel/type/cel-type.ts';
import { type CelExpressions, celContext } from './cel-context.ts';
import type { Fields } from './fields.ts';
import { readCelProgram } from './read-cel-program.ts';
import { readMatchConditions } from './read-match-conditions.ts';
import { readParameters } from './read-parameters.ts';
import type { CelExpression, CelValidation, NamedProgram } from './validation.ts';

const IDENTIFIER = /^[A-Za-z_]\w*$/;

/** Reads `validate.cel`, and the `celPreconditions` of its rule. */
export function readCel(rule: Fields, cel: Fields): CelValidation {
  const hasParams = cel.has('paramKind') || cel.has('paramRef');
  const variables = readVariables(cel, { hasParams });
  const names = { hasParams, variables: variables.types };
  const expressions: CelExpressions = {
    preconditions: readMatchConditions(rule, 'celPreconditions', names),
    variables: variables.programs,
    expressions: readExpressions(cel, names),
  };
  const parameters = readParameters(cel);
  if (cel.boolean('generate') === true)
    cel.fault('warning', 'has no effect: the rule is evaluated here', 'generate');
  if (cel.objects('auditAnnotations').length > 0)
    cel.fault('warning', 'have no effect: nothing is written to the audit log', 'auditAnnotations');
  cel.end();
  const context = celContext(expressions, cel.path, parameters);
  return { kind: 'cel', ...expressions, hasParams, context };
}

interface Variables {
  readonly programs: readonly NamedProgram[];
  /** Of all that are declared, by name; undefined for one that is faulty. */
  readonly types: ReadonlyMap<string, CelType | undefined>;
}

/** Each sees those above it. */
function readVariables(cel: Fields, names: CelNames): Variables {
  const types = new Map<string, CelType | undefined>();
  const programs = cel.objects('variables').flatMap((variable) => {
    const name = variable.string('name') ?? '';
    if (!IDENTIFIER.test(name))
      variable.fault('error', `found ${JSON.stringify(name)}, expected a name in CEL`, 'name');
    else if (types.has(name))
      variable.fault('error', `found "${name}" twice, expected a name of its own`, 'name');
    const program = readCelProgram(variable, 'expression', {
      type: 'dyn',
      ...names,
      variables: new Map(types),
    });
    types.set(name, program?.resultType);
    variable.end();
    return program === undefined ? [] : [{ name, program }];
  });
  return { programs, types };
}

function readExpressions(cel: Fields, names: CelNames): readonly CelExpression[] {
  const expressions = cel.objects('expressions');
  if (expressions.length === 0)
    cel.fault('error', 'found no expressions, expected at least one', 'expressions');
  return expressions.flatMap((expression) => {
    const program = readCelProgram(expression, 'expression', { type: 'bool', ...names });
    const message = expression.string('message');
    const messageProgram = expression.has('messageExpression')
      ? readCelProgram(expression, 'messageExpression', { type: 'string', ...names })
      : undefined;
    // Only for the status of answers of the API server itself.
    expression.string('reason');
    expression.end();
    return program === undefined ? [] : [{ program, message, messageProgram }];
  });
}
