import { ConditionError } from '../condition-error.ts';
import type { FunctionEntry, FunctionGroup } from './function-entry.ts';

/** Functions of Kyverno 1.19 that exist here only to say why they give no value. */
export const UNSUPPORTED_FUNCTIONS: FunctionGroup = {
  is_external_url: unsupported('is_external_url', 'it asks DNS, whose answers anyone can choose'),
  random: unsupported('random', 'a decision cannot rest on a value that differs each time'),
  x509_decode: unsupported('x509_decode', 'certificates cannot be read by conditions yet'),
};

function unsupported(name: string, why: string): FunctionEntry {
  return {
    parameters: [['string']],
    call: () => {
      throw new ConditionError('UNSUPPORTED', `JMESPath function '${name}': not supported, ${why}`);
    },
  };
}
