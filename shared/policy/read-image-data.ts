import { parseReference } from '../image/reference.ts';
import type { RegistryCredentials } from './context-entry.ts';
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

const PROVIDERS = ['default', 'google', 'azure', 'amazon', 'github'] as const;

/** Reads `imageRegistryCredentials`. */
export function readCredentials(owner: Fields): RegistryCredentials | undefined {
  const fields = owner.object('imageRegistryCredentials');
  if (fields === undefined) return undefined;
  const providers = fields.strings('providers');
  for (const [index, provider] of providers.entries())
    if (!PROVIDERS.some((known) => known === provider))
      fields.faultAt(
        `${fields.at('providers')}[${index}]`,
        'error',
        `found "${provider}", expected ${PROVIDERS.join(', ')}`,
      );
  const credentials = {
    allowInsecureRegistry: fields.boolean('allowInsecureRegistry') ?? false,
    providers,
    secrets: fields.strings('secrets'),
  };
  fields.end();
  return credentials;
}
