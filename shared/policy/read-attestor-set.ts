import type { AttestorDefaults } from './attestor-defaults.ts';
import { READER_RULES } from './fault-rules.ts';
import { oneOf, type Fields } from './fields.ts';
import type { Attestor, AttestorSet, NestedAttestor } from './model.ts';
import { readCertificates } from './read-certificates.ts';
import { readKeyless } from './read-keyless.ts';
import { readKeys } from './read-keys.ts';
import { readNotary } from './read-notary.ts';
import { readRepository } from './read-repository.ts';

/** Sets nested deeper than this are a mistake; keeps the work per image bounded. */
export const MAX_ATTESTOR_DEPTH: number = 8;

/** Exactly one of these makes an attestor (Kyverno 1.19). */
const FORMS = ['keys', 'certificates', 'keyless', 'attestor'] as const;

/**
 * Reads one attestor set with all it nests. `count` is that many of the entries, after every PEM block of
 * `publicKeys` has become an entry of its own; absent, null or 0 means all (Kyverno 1.19).
 */
export function readAttestorSet(
  fields: Fields,
  inherited: AttestorDefaults,
  depth = 0,
): AttestorSet {
  const written = fields.objects('entries');
  const read = written.map((entry) => readEntry(entry, inherited, depth));
  if (written.length === 0)
    fields.fault(
      'error',
      'found no entries, expected at least one: an empty set would accept every image',
      'entries',
    );
  const entries = read.flatMap((attestors) => attestors ?? []);
  const isComplete = read.every((attestors) => attestors !== undefined);
  const count = readCount(fields, { read: entries.length, isComplete });
  if (isComplete) warnRepeatedKeys(fields, entries);
  fields.end();
  return { path: fields.path, count, entries };
}

function readCount(
  fields: Fields,
  entries: { readonly read: number; readonly isComplete: boolean },
): AttestorSet['count'] {
  const count = fields.integer('count', { min: 0, max: 1000 }) ?? 0;
  if (count === 0) return 'all';
  if (entries.isComplete && count > entries.read)
    fields.fault(
      'error',
      `found ${count}, expected at most ${entries.read}, the number of entries`,
      'count',
    );
  return count;
}

/** Undefined where the entry is faulty or not supported. */
function readEntry(
  entry: Fields,
  inherited: AttestorDefaults,
  depth: number,
): readonly Attestor[] | undefined {
  const forms = FORMS.filter((form) => entry.has(form));
  const [form] = forms;
  const defaults = readDefaults(entry, inherited);
  entry.string('signatureAlgorithm');
  if (entry.has('signatureAlgorithm'))
    entry.fault('warning', 'has no effect here, write it inside "keys"', 'signatureAlgorithm');
  entry.end();
  if (form === undefined || forms.length > 1) {
    const found = forms.length === 0 ? 'none of them' : forms.join(' and ');
    entry.fault('error', `found ${found}, expected exactly one of ${oneOf(FORMS)}`);
    return undefined;
  }
  return READERS[form](entry, defaults, depth);
}

/** An attestor's own annotations and repository replace those of the entry; empty ones say nothing (Kyverno 1.19). */
function readDefaults(entry: Fields, inherited: AttestorDefaults): AttestorDefaults {
  const annotations = entry.stringMap('annotations');
  return {
    ...inherited,
    annotations: Object.keys(annotations).length > 0 ? annotations : inherited.annotations,
    repository: readRepository(entry) ?? inherited.repository,
  };
}

type Reader = (
  entry: Fields,
  defaults: AttestorDefaults,
  depth: number,
) => readonly Attestor[] | undefined;

const READERS: Readonly<Record<(typeof FORMS)[number], Reader>> = {
  keys: (entry, defaults) => {
    const keys = entry.object('keys');
    if (keys === undefined || refuseForNotary(entry, 'keys', defaults)) return undefined;
    return readKeys(keys, defaults);
  },
  certificates: (entry, defaults) => {
    const certificates = entry.object('certificates');
    if (certificates === undefined) return undefined;
    const read = defaults.type === 'Notary' ? readNotary : readCertificates;
    return oneOrNone(read(certificates, defaults));
  },
  keyless: (entry, defaults) => {
    const keyless = entry.object('keyless');
    if (keyless === undefined || refuseForNotary(entry, 'keyless', defaults)) return undefined;
    return [readKeyless(keyless, defaults)];
  },
  attestor: (entry, defaults, depth) => {
    if (depth >= MAX_ATTESTOR_DEPTH) {
      entry.fault(
        'error',
        `is nested deeper than ${MAX_ATTESTOR_DEPTH} levels, expected fewer`,
        'attestor',
      );
      return undefined;
    }
    const nested = entry.object('attestor');
    if (nested === undefined) return undefined;
    const set = readAttestorSet(nested, defaults, depth + 1);
    const attestor: NestedAttestor = { kind: 'nested', path: nested.path, set };
    return [attestor];
  },
};

function oneOrNone(attestor: Attestor | undefined): readonly Attestor[] | undefined {
  return attestor === undefined ? undefined : [attestor];
}

/** Whether the form cannot be honoured because Notary signatures are made with certificates. */
function refuseForNotary(entry: Fields, form: string, { type }: AttestorDefaults): boolean {
  if (type !== 'Notary') return false;
  const message = 'Notary signatures are made with certificates, expected "certificates"';
  entry.fault('error', message, form);
  return true;
}

/** Thresholds count distinct signers (MUST-NOT-HAPPEN 9), so a key given twice counts once. */
function warnRepeatedKeys(fields: Fields, entries: readonly Attestor[]): void {
  const keys = entries.flatMap((entry) => (entry.kind === 'key' ? [entry.key.fingerprint] : []));
  if (new Set(keys).size < keys.length)
    fields.fault(
      READER_RULES.repeatedKey,
      'the same key is listed more than once; it counts as one signer',
      'entries',
    );
}
