import type {
  Attestor,
  AttestorSet,
  KeyAttestor,
  KeyReferenceAttestor,
  VerifyImagesEntry,
} from '../policy/model.ts';
import { type KeyOptions, type KeySource, KeySourceError } from '../trust/key-source.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { signersOf } from './judge-signer.ts';

/** An entry whose key references were replaced by the keys behind them. */
export interface ResolvedEntry {
  readonly entry: VerifyImagesEntry;
  /** References that could not be had; they stand in the entry still, where they satisfy nothing. */
  readonly unavailable: readonly KeySourceError[];
}

/**
 * Fetches the keys that an entry only names. A reference with several keys becomes one attestor for each, as
 * several PEM blocks in a policy do, so a count counts them alike; of attestations the first counts, as in
 * Kyverno 1.19.
 * @throws the signal's reason when the caller's time is up.
 */
export async function resolveKeys(
  entry: VerifyImagesEntry,
  source: KeySource,
  options: KeyOptions,
): Promise<ResolvedEntry> {
  const { attestors, attestations = [] } = entry;
  const references = referencesOf(entry);
  if (references.length === 0) return { entry, unavailable: [] };
  const found: Found = new Map();
  await Promise.all(
    references.map(async (reference) => {
      found.set(reference, await fetchKeys(reference, source, options));
    }),
  );
  const first = new Map([...found].map(([reference, keys]) => [reference, firstOf(keys)]));
  return {
    entry: {
      ...entry,
      attestors: attestors.map((set) => replaceIn(set, found)),
      attestations: attestations.map((requirement) => ({
        ...requirement,
        attestors: requirement.attestors.map((set) => replaceIn(set, first)),
      })),
    },
    unavailable: [...found.values()].filter((result) => result instanceof KeySourceError),
  };
}

/** Whether an entry names keys that have to be fetched. */
export function namesKeysElsewhere(entry: VerifyImagesEntry): boolean {
  return referencesOf(entry).length > 0;
}

function referencesOf(entry: VerifyImagesEntry): readonly KeyReferenceAttestor[] {
  const known = references.get(entry);
  if (known !== undefined) return known;
  const { attestors, attestations = [] } = entry;
  const sets = [...attestors, ...attestations.flatMap((requirement) => requirement.attestors)];
  const found = sets.flatMap(({ entries }) => signersOf(entries)).filter(isReference);
  references.set(entry, found);
  return found;
}

/** Entries of policies live long and are asked for with every request. */
const references = new WeakMap<VerifyImagesEntry, readonly KeyReferenceAttestor[]>();

type FoundKeys = readonly PublicKey[] | KeySourceError;

type Found = Map<KeyReferenceAttestor, FoundKeys>;

function firstOf(keys: FoundKeys): FoundKeys {
  return keys instanceof KeySourceError ? keys : keys.slice(0, 1);
}

function isReference(attestor: Attestor): attestor is KeyReferenceAttestor {
  return attestor.kind === 'key-reference';
}

async function fetchKeys(
  { uri, hash }: KeyReferenceAttestor,
  source: KeySource,
  options: KeyOptions,
): Promise<FoundKeys> {
  try {
    return await source.keys(uri, hash, options);
  } catch (error) {
    if (error instanceof KeySourceError) return error;
    throw error;
  }
}

function replaceIn(set: AttestorSet, found: Found): AttestorSet {
  return { ...set, entries: set.entries.flatMap((attestor) => replace(attestor, found)) };
}

function replace(attestor: Attestor, found: Found): readonly Attestor[] {
  if (attestor.kind === 'nested') return [{ ...attestor, set: replaceIn(attestor.set, found) }];
  if (attestor.kind !== 'key-reference') return [attestor];
  const keys = found.get(attestor);
  // A reference without keys stays: gone, it would leave a set that is easier to satisfy.
  if (keys === undefined || keys instanceof KeySourceError || keys.length === 0) return [attestor];
  const { uri: _uri, hash: _hash, ...rest } = attestor;
  return keys.map((key): KeyAttestor => ({ ...rest, kind: 'key', key }));
}
