import type { Fields } from './fields.ts';

/** Reads `repository`, where signatures are stored. An empty one says nothing (Kyverno 1.19). */
export function readRepository(fields: Fields): string | undefined {
  const written = fields.string('repository');
  return written === '' ? undefined : written;
}
