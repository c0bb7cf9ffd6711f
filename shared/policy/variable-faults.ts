import { listVariables } from '../condition/variables/list-variables.ts';
import type { Fields } from './fields.ts';

/**
 * Reports the variables below a field that are no expressions, and braces that only look like variables.
 */
export function reportVariableFaults(fields: Fields, key: string): void {
  const { faults, doubts } = listVariables(fields.json(key), fields.at(key));
  for (const { path, message } of faults) fields.faultAt(path, 'error', message);
  for (const { path, message } of doubts) fields.faultAt(path, 'warning', message);
}
