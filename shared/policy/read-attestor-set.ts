import { oneOf, type Fields } from './fields.ts';
import type { Attestor, AttestorSet, NestedAttestor } from './model.ts';
import { type KeyDefaults, readKeys } from './read-keys.ts';

/** Sets nested deeper than this are a mistake; keeps the work per image bounded. */
export const MAX_ATTESTOR_DEPTH: number = 8;

/** Exactly one of these makes an attestor (Kyverno 1.19). */
const FORMS = ['keys', 'certificates', 'keyless', 'attestor'] as const;

/**
 * Reads one attestor set with all it nests. `count` is that many of the entries, after every PEM block of
 * `publicKeys` has become an entry of its own; absent, null or 0 means all (Kyverno 1.19).
 */
export function readAttestorSet(fields: Fields, inherited: KeyDefaults, depth = 0): AttestorSet {
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
  const count = readCount(fields, { written: written.length, read: entries.length, isComplete });
  if (isComplete) warnRepeatedKeys(fields, entries);
  fields.end();
  return { path: fields.path, count, entries };
}

function readCount(
  fields: Fields,
  entries: { readonly written: number; readonly read: number; readonly isComplete: boolean },
): AttestorSet['count'] {
  const count = fields.integer('count', { min: 0, max: 1000 }) ?? 0;
  if (count === 0) return 'all';
  if (entries.isComplete && count > entries.read)
    fields.fault(
      'error',
      `found ${count}, expected at most ${entries.read}, the number of entries`,
      'count',
    );
  else if (count > entries.written)
    fields.fault(
      'warning',
      `Kyverno refuses a count above the ${entries.written} written entries`,
      'count',
    );
  return count;
}

/** Undefined where the entry is faulty or not supported. */
function readEntry(
  entry: Fields,
  inherited: KeyDefaults,
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

/** An attestor's own annotations and repository replace those of the entry (Kyverno 1.19). */
function readDefaults(entry: Fields, inherited: KeyDefaults): KeyDefaults {
  const annotations = entry.stringMap('annotations');
  return {
    annotations: Object.keys(annotations).length > 0 ? annotations : inherited.annotations,
    repository: entry.string('repository') ?? inherited.repository,
  };
}

type Reader = (
  entry: Fields,
  defaults: KeyDefaults,
  depth: number,
) => readonly Attestor[] | undefined;

const READERS: Readonly<Record<(typeof FORMS)[number], Reader>> = {
  keys: (entry, defaults) => {
    const keys = entry.object('keys');
    return keys === undefined ? undefined : readKeys(keys, defaults);
  },
  certificates: (entry) => notYet(entry, 'certificates', 'certificates are not supported yet'),
  keyless: (entry) => notYet(entry, 'keyless', 'keyless signatures are not supported yet'),
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

function notYet(entry: Fields, field: string, message: string): undefined {
  entry.fault('unsupported', message, field);
  return undefined;
}

/** Thresholds count distinct signers (MUST-NOT-HAPPEN 9), so a key given twice counts once. */
function warnRepeatedKeys(fields: Fields, entries: readonly Attestor[]): void {
  const keys = entries.flatMap((entry) => (entry.kind === 'key' ? [entry.key.fingerprint] : []));
  if (new Set(keys).size < keys.length)
    fields.fault(
      'warning',
      'the same key is listed more than once; it counts as one signer',
      'entries',
    );
}
