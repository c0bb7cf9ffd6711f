import type { AttestorDefaults } from './attestor-defaults.ts';
import { READER_RULES } from './fault-rules.ts';
import type { Fields } from './fields.ts';
import type { AttestationRequirement } from './model.ts';
import { readAttestorSet } from './read-attestor-set.ts';
import { readConditions } from './read-conditions.ts';
import { reportVariableFaults } from './variable-faults.ts';

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
  inherited: AttestorDefaults,
): AttestationRequirement | undefined {
  const name = fields.string('name');
  const predicateType = readType(fields);
  // Annotations of the entry are about signatures: statements carry none (Kyverno 1.19).
  const defaults: AttestorDefaults = { ...inherited, annotations: {}, keysOfText: 'first' };
  const attestors = fields.objects('attestors').map((set) => readAttestorSet(set, defaults));
  if (attestors.length === 0)
    fields.fault(
      READER_RULES.attestationByAnybody,
      'found no attestors: Kyverno then accepts whoever has any Sigstore certificate, which is not done here; name who must have attested',
      'attestors',
    );
  const conditions = readConditions(fields, 'conditions', 'nothing');
  fields.end();
  for (const key of ['type', 'predicateType', 'name', 'attestors'])
    reportVariableFaults(fields, key);
  if (predicateType === undefined) return undefined;
  return {
    path: fields.path,
    name,
    predicateType,
    attestors,
    ...(conditions === undefined ? {} : { conditions }),
  };
}

function readType(fields: Fields): string | undefined {
  const type = fields.string('type') ?? '';
  const legacy = fields.string('predicateType') ?? '';
  if (legacy !== '')
    fields.fault(READER_RULES.deprecated, 'deprecated, write "type" instead', 'predicateType');
  if (type !== '' && legacy !== '' && type !== legacy)
    fields.fault('error', 'differs from "type", expected one of both', 'predicateType');
  const written = type === '' ? legacy : type;
  if (written !== '') return written;
  fields.fault('error', 'missing, expected the predicate type of the statements', 'type');
  return undefined;
}
