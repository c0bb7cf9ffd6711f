import { type CelNames, type CelProgram, compileCel } from '../condition/cel/cel-program.ts';
import type { CelType } from '../condition/cel/type/cel-type.ts';
import type { CelValidation } from './validation.ts';

/** Where the pod template of a generated rule's workloads is, as expressions write it. */
export type TemplatePath = 'spec.template' | 'spec.jobTemplate.spec.template';

/** What Kyverno 1.19 replaces in the text of a rule that it generates; `oldObject.spec` has a capital letter. */
const REPLACED = ['object.spec', 'oldObject.spec', 'object.metadata', 'oldObject.metadata'];

/** A text of a generated rule: as in Kyverno, any place that reads so is taken for a pod's. */
export function generatedText(text: string, template: TemplatePath): string {
  return REPLACED.reduce((rewritten, place) => {
    const [variable = '', field = ''] = place.split('.');
    return rewritten.replaceAll(place, `${variable}.${template}.${field}`);
  }, text);
}

/**
 * The expressions of a generated rule, which see the whole workload: `object.spec` means the template's, all else
 * (`object.kind`, `object['spec']`, `object.?spec`) what it says.
 * @throws {ConditionError} for an expression that cannot be compiled any more.
 */
export function generatedCel(validation: CelValidation, template: TemplatePath): CelValidation {
  const { hasParams } = validation;
  const types = new Map<string, CelType>();
  const rewrite = ({ text }: CelProgram): CelProgram => {
    const names: CelNames = { hasParams, variables: new Map(types) };
    return compileCel(generatedText(text, template), names);
  };
  const variables = validation.variables.map(({ name, program }) => {
    const rewritten = rewrite(program);
    types.set(name, rewritten.resultType);
    return { name, program: rewritten };
  });
  return {
    ...validation,
    variables,
    preconditions: validation.preconditions.map(({ name, program }) => ({
      name,
      program: rewrite(program),
    })),
    expressions: validation.expressions.map(({ program, message, messageProgram }) => ({
      program: rewrite(program),
      message: message === undefined ? undefined : generatedText(message, template),
      messageProgram: messageProgram === undefined ? undefined : rewrite(messageProgram),
    })),
  };
}
