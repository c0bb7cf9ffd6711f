import { readOwnAction } from './failure-action.ts';
import type { Fields } from './fields.ts';
import { lintEntry } from './lint-entry.ts';
import type {
  AttestorSet,
  FailureAction,
  KeyAttestor,
  SignatureFormats,
  VerifyImagesEntry,
} from './model.ts';
import { readAttestorSet } from './read-attestor-set.ts';
import { type KeyDefaults, PUBLIC_LOG, readPem } from './read-keys.ts';
import type { RuleContext } from './rule-context.ts';
import { findText, VARIABLE } from './variables.ts';

export interface ReadVerifyImages {
  readonly entries: readonly VerifyImagesEntry[];
  readonly action: FailureAction;
}

/** Reads `verifyImages` of a rule: one entry each, and the action that they make for the rule. */
export function readVerifyImages(rule: Fields, context: RuleContext): ReadVerifyImages {
  const read = rule.objects('verifyImages').map((fields) => {
    const own = readOwnAction(fields);
    const entry = readEntry(fields);
    lintEntry(fields, entry, { ...context, mode: own ?? context.action.mode });
    return { entry, own };
  });
  if (read.length === 0)
    rule.fault('error', 'found no entries, expected at least one', 'verifyImages');
  return {
    entries: read.map(({ entry }) => entry),
    action: ruleAction(
      read.map(({ own }) => own),
      context.action,
    ),
  };
}

/** One entry that enforces makes the rule enforce; an entry's action beats the overrides. */
function ruleAction(
  own: readonly (FailureAction['mode'] | undefined)[],
  policyAction: FailureAction,
): FailureAction {
  if (own.includes('enforce')) return { mode: 'enforce', overrides: [] };
  return own.includes('audit') ? { mode: 'audit', overrides: [] } : policyAction;
}

/** Fields with their defaults, Kyverno 1.19 */
function readEntry(fields: Fields): VerifyImagesEntry {
  const defaults: KeyDefaults = {
    annotations: fields.stringMap('annotations'),
    repository: fields.string('repository'),
  };
  const entry: VerifyImagesEntry = {
    path: fields.path,
    imageReferences: readReferences(fields),
    skipImageReferences: fields.strings('skipImageReferences'),
    attestors: [...readAttestors(fields, defaults), ...readShorthand(fields, defaults)],
    formats: readFormats(fields),
    mutateDigest: fields.boolean('mutateDigest') ?? true,
    verifyDigest: fields.boolean('verifyDigest') ?? true,
    required: fields.boolean('required') ?? true,
  };
  // Both formats are always looked for, and results are never cached by policy text.
  fields.boolean('cosignOCI11');
  fields.boolean('useCache');
  refuseUnsupported(fields);
  fields.end();
  return entry;
}

function readReferences(fields: Fields): readonly string[] {
  const legacy = fields.string('image');
  const listed = fields.strings('imageReferences');
  if (legacy !== undefined)
    fields.fault('warning', 'deprecated, write "imageReferences" instead', 'image');
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

function readAttestors(fields: Fields, defaults: KeyDefaults): readonly AttestorSet[] {
  return fields.objects('attestors').map((set) => readAttestorSet(set, defaults));
}

/** The shorthand `key` of old policies is one attestor set with one entry (Kyverno 1.19). */
function readShorthand(fields: Fields, defaults: KeyDefaults): readonly AttestorSet[] {
  for (const field of ['roots', 'subject', 'issuer', 'additionalExtensions'])
    fields.unsupported(field, 'keyless signatures are not supported yet');
  const text = fields.string('key');
  if (text === undefined) return [];
  fields.fault('warning', 'deprecated, write "attestors" instead', 'key');
  const path = fields.at('key');
  const keys = readPem(fields, 'key', { text, hash: undefined }) ?? [];
  const entries = keys.map((key): KeyAttestor => ({
    kind: 'key',
    path,
    key,
    log: PUBLIC_LOG,
    ...defaults,
  }));
  return keys.length === 0 ? [] : [{ path, count: 'all', entries }];
}

const FORMATS: Readonly<Record<'Cosign' | 'SigstoreBundle' | 'Notary', SignatureFormats>> = {
  Cosign: 'any',
  SigstoreBundle: 'bundle',
  Notary: 'any',
};

function readFormats(fields: Fields): SignatureFormats {
  const type = fields.choice('type', ['Cosign', 'SigstoreBundle', 'Notary']) ?? 'Cosign';
  if (type === 'Notary')
    fields.fault('unsupported', 'Notary signatures are not supported yet', 'type');
  return FORMATS[type];
}

function refuseUnsupported(fields: Fields): void {
  fields.unsupported('attestations', 'attestations are not supported yet');
  fields.unsupported('validate', 'conditions on attestations are not supported yet');
  fields.unsupported(
    'imageRegistryCredentials',
    'credentials in the policy are not supported yet, pull secrets of the Pod are used',
  );
  for (const attestation of fields.objects('attestations')) {
    if (attestation.has('predicateType'))
      attestation.fault('warning', 'deprecated, write "type" instead', 'predicateType');
  }
  for (const key of ['skipImageReferences', 'annotations', 'repository', 'attestors', 'key']) {
    for (const path of findText(fields.json(key), fields.at(key), VARIABLE))
      fields.faultAt(path, 'unsupported', 'variables are not supported here yet');
  }
}
