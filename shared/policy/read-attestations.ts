import type { AttestorDefaults } from './attestor-defaults.ts';
import type { Fields } from './fields.ts';
import type { AttestationRequirement } from './model.ts';
import { readAttestorSet } from './read-attestor-set.ts';
import { findText, VARIABLE } from './variables.ts';

/** Reads `attestations`: statements of a type that must be there, each signed as its own attestors say. */
export function readAttestations(
  fields: Fields,
  defaults: AttestorDefaults,
): readonly AttestationRequirement[] {
  return fields
    .objects('attestations')
    .flatMap((attestation) => readAttestation(attestation, defaults) ?? []);
}

function readAttestation(
  fields: Fields,
  { repository, type, scope }: AttestorDefaults,
): AttestationRequirement | undefined {
  const name = fields.string('name');
  const predicateType = readType(fields);
  // Annotations of the entry are about signatures: statements carry none (Kyverno 1.19).
  const defaults = { annotations: {}, repository, type, scope };
  const attestors = fields.objects('attestors').map((set) => readAttestorSet(set, defaults));
  if (attestors.length === 0)
    fields.fault(
      'unsupported',
      'found no attestors: Kyverno then accepts whoever has any Sigstore certificate, which is not done here; name who must have attested',
      'attestors',
    );
  refuseConditions(fields);
  fields.end();
  for (const key of ['type', 'predicateType', 'name', 'attestors'])
    for (const path of findText(fields.json(key), fields.at(key), VARIABLE))
      fields.faultAt(path, 'unsupported', 'variables are not supported here yet');
  if (predicateType === undefined) return undefined;
  return { path: fields.path, name, predicateType, attestors };
}

function readType(fields: Fields): string | undefined {
  const type = fields.string('type') ?? '';
  const legacy = fields.string('predicateType') ?? '';
  if (legacy !== '') fields.fault('warning', 'deprecated, write "type" instead', 'predicateType');
  if (type !== '' && legacy !== '' && type !== legacy)
    fields.fault('error', 'differs from "type", expected one of both', 'predicateType');
  const written = type === '' ? legacy : type;
  if (written !== '') return written;
  fields.fault('error', 'missing, expected the predicate type of the statements', 'type');
  return undefined;
}

/** Blocks without a condition ask for nothing. */
function refuseConditions(fields: Fields): void {
  const isAsking = fields
    .objects('conditions')
    .some((block) => block.keys().some((key) => !isEmptyList(block.json(key))));
  if (isAsking)
    fields.fault('unsupported', 'conditions on attestations are not supported yet', 'conditions');
}

function isEmptyList(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
