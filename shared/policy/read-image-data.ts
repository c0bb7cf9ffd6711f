import { parseReference } from '../image/reference.ts';
import type { Fields } from './fields.ts';
import { parseField } from './parse-field.ts';

/** Reads `reference` of `imageRegistry`: an image, unless variables make it one. */
export function parseReferenceField(fields: Fields): string | undefined {
  const reference = fields.string('reference') ?? '';
  parseField(fields, 'reference', parseReference);
  if (reference.trim() !== '') return reference;
  fields.fault('error', 'missing, expected an image', 'reference');
  return undefined;
}
