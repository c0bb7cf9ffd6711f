import { type AttestorDefaults, SIGNATURE_TYPES, type SignatureType } from './attestor-defaults.ts';
import { READER_RULES } from './fault-rules.ts';
import type { Fields } from './fields.ts';
import type { Attestor, AttestorSet, SignatureFormats, VerifyImagesEntry } from './model.ts';
import { readAttestations } from './read-attestations.ts';
import { readAttestorSet } from './read-attestor-set.ts';
import { readCredentials } from './read-credentials.ts';
import { readEntryValidate } from './read-entry-validate.ts';
import { readKeyless } from './read-keyless.ts';
import { readKeyText, reportForeignSecrets } from './read-keys.ts';
import { PUBLIC_LOG } from './read-log.ts';
import { readRepository } from './read-repository.ts';
import { reportVariableFaults } from './variable-faults.ts';
import { VARIABLE } from './variables.ts';

/**
 * One entry, its fields with their defaults (Kyverno 1.19).
 *
 * @param policyNamespace set for namespaced policies.
 */
export function readEntry(fields: Fields, policyNamespace: string | undefined): VerifyImagesEntry {
  const defaults: AttestorDefaults = {
    annotations: fields.stringMap('annotations'),
    repository: readRepository(fields),
    type: fields.choice('type', SIGNATURE_TYPES) ?? 'Cosign',
    keysOfText: 'all',
    policyNamespace,
  };
  const attestations = readAttestations(fields, defaults);
  const deny = readEntryValidate(fields);
  const credentials = readCredentials(fields);
  const entry: VerifyImagesEntry = {
    path: fields.path,
    imageReferences: readReferences(fields),
    skipImageReferences: fields.strings('skipImageReferences'),
    attestors: [...readAttestors(fields, defaults), ...readShorthand(fields, defaults)],
    formats: FORMATS[defaults.type],
    ...(attestations.length === 0 ? {} : { attestations }),
    ...(deny === undefined ? {} : { deny }),
    ...(credentials === undefined ? {} : { credentials }),
    mutateDigest: fields.boolean('mutateDigest') ?? true,
    verifyDigest: fields.boolean('verifyDigest') ?? true,
    required: fields.boolean('required') ?? true,
  };
  // Both formats are always looked for, and results are never cached by policy text.
  fields.boolean('cosignOCI11');
  fields.boolean('useCache');
  for (const key of VARIABLE_FIELDS) reportVariableFaults(fields, key);
  fields.end();
  return entry;
}

function readReferences(fields: Fields): readonly string[] {
  const legacy = fields.string('image');
  const listed = fields.strings('imageReferences');
  if (legacy !== undefined)
    fields.fault(READER_RULES.deprecated, 'deprecated, write "imageReferences" instead', 'image');
  const references = legacy === undefined ? listed : [legacy, ...listed];
  if (references.length === 0)
    fields.fault(
      'error',
      'found no pattern, expected at least one: the entry would verify nothing',
      'imageReferences',
    );
  if (references.some((reference) => VARIABLE.test(reference)))
    fields.fault(
      'error',
      'found a variable, expected plain patterns: image references take none',
      'imageReferences',
    );
  return references;
}

function readAttestors(fields: Fields, defaults: AttestorDefaults): readonly AttestorSet[] {
  return fields.objects('attestors').map((set) => readAttestorSet(set, defaults));
}

const SHORTHANDS = ['key', 'subject', 'issuer', 'roots', 'additionalExtensions'] as const;

/** The shorthand fields of old policies are one attestor set with one entry (Kyverno 1.19). */
function readShorthand(fields: Fields, defaults: AttestorDefaults): readonly AttestorSet[] {
  const given = SHORTHANDS.filter((field) => fields.has(field));
  for (const field of given)
    fields.fault(READER_RULES.deprecated, 'deprecated, write "attestors" instead', field);
  const [first, second] = given;
  if (first === undefined) return [];
  if (first === 'key' && second !== undefined)
    fields.fault('error', `found "key" and "${second}", expected a key or an identity`, second);
  if (defaults.type === 'Notary')
    fields.fault('error', 'is not for Notary signatures, expected "attestors"', first);
  const entries = first === 'key' ? readKey(fields, defaults) : [readIdentityOf(fields, defaults)];
  return entries.length === 0 ? [] : [{ path: fields.at(first), count: 'all', entries }];
}

function readKey(
  fields: Fields,
  { annotations, repository, policyNamespace }: AttestorDefaults,
): readonly Attestor[] {
  const common = { path: fields.at('key'), log: PUBLIC_LOG, annotations, repository };
  const sources = readKeyText(fields, 'key', undefined) ?? [];
  reportForeignSecrets(fields, sources, policyNamespace);
  return sources.map((source) => ({ ...source, ...common }));
}

/** Reads only what the shorthand knows; the rest of the entry is not the attestor's. */
function readIdentityOf(fields: Fields, defaults: AttestorDefaults): Attestor {
  return readKeyless(fields.picking(SHORTHANDS), defaults);
}

const FORMATS: Readonly<Record<SignatureType, SignatureFormats>> = {
  Cosign: 'any',
  SigstoreBundle: 'bundle',
  Notary: 'any',
};

const VARIABLE_FIELDS = [
  'skipImageReferences',
  'annotations',
  'repository',
  'imageRegistryCredentials',
  'attestors',
  ...SHORTHANDS,
] as const;
