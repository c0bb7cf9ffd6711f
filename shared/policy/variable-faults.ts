import { listVariables } from '../condition/variables/list-variables.ts';
import type { Fields } from './fields.ts';

/** Reports the variables below a field that are no expressions. */
export function reportVariableFaults(fields: Fields, key: string): void {
  for (const { path, message } of listVariables(fields.json(key), fields.at(key)).faults)
    fields.faultAt(path, 'error', message);
}
