import { type CelNames, type CelProgram, compileCel } from '../condition/cel/cel-program.ts';
import { ConditionError } from '../condition/condition-error.ts';
import type { Fields } from './fields.ts';

/** What an expression may be for; `dyn` for anything. */
const EXPECTED = { bool: 'true or false', string: 'a text', dyn: 'a value' } as const;

/** Reads an expression in CEL that gives a value of this type; undefined where it is faulty. */
export function readCelProgram(
  fields: Fields,
  key: string,
  { type, ...names }: CelNames & { readonly type: keyof typeof EXPECTED },
): CelProgram | undefined {
  const text = fields.string(key) ?? '';
  try {
    const program = compileCel(text, names);
    if (type === 'dyn' || program.type === type) return program;
    // As in Kubernetes, which evaluates none of which it does not know that beforehand.
    fields.fault(
      program.type === 'dyn' ? 'unsupported' : 'error',
      `found an expression of type ${program.type}, expected ${EXPECTED[type]}`,
      key,
    );
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    fields.fault(error.code === 'SYNTAX' ? 'error' : 'unsupported', error.message, key);
  }
  return undefined;
}
