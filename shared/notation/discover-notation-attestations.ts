import { isUtf8 } from 'node:buffer';
import { messageOf } from '../base/coded-error.ts';
import type { JsonValue } from '../base/json-value.ts';
import { Limiter } from '../base/limiter.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { CallOptions, Descriptor } from '../registry/registry.ts';
import {
  discoverNotation,
  isOfType,
  type NotationSearch,
  referrersOfType,
} from './discover-notation.ts';
import { mergeFindings, oddity, searchPart } from './notation-findings.ts';
import type { TargetArtifact } from './notation-payload.ts';
import type { NotationFindings, NotationSignature } from './notation-signature.ts';

/**
 * An artifact that refers to an image and is itself signed with notation: Kyverno's attestation of type
 * `Notary` (no signature covers the predicate directly, it covers the manifest that names it).
 */
export interface NotationAttestation {
  readonly type: string;
  /** The layer that holds the predicate. */
  readonly predicate: Descriptor;
  /** What its signatures must be for. */
  readonly target: TargetArtifact;
  /** Nothing of the attestation counts until one of these is accepted for `target`. */
  readonly signatures: NotationFindings<NotationSignature>;
}

/** Each attestation costs a search of its own. */
const MAX_ATTESTATIONS = 16;

const CONCURRENT_ATTESTATIONS = 4;

/** Kyverno's limit; the bill of materials of a large image has a few megabytes. */
const MAX_PREDICATE_BYTES = 10 * 1024 * 1024;

/** The attestations of one type for a digest. Never throws for what the registry answers. */
export async function discoverNotationAttestations(
  search: NotationSearch,
  type: string,
  options: CallOptions,
): Promise<NotationFindings<NotationAttestation>> {
  const where = `referrers of ${repositoryName(search.repository)}@${search.digest}`;
  return searchPart(where, async () => {
    const referrers = await search.registry.referrers(search.repository, search.digest, options);
    const candidates = referrersOfType(referrers, type);
    const limiter = new Limiter(CONCURRENT_ATTESTATIONS);
    const opened = candidates
      .slice(0, MAX_ATTESTATIONS)
      .map((descriptor) =>
        limiter.run(() => openAttestation(descriptor, type, { search, options })),
      );
    const rest =
      candidates.length > MAX_ATTESTATIONS
        ? [
            oddity<NotationAttestation>(
              where,
              `more than ${MAX_ATTESTATIONS} attestations; the rest was not read`,
            ),
          ]
        : [];
    return mergeFindings([...(await Promise.all(opened)), ...rest]);
  });
}

/**
 * Fetches and parses what an attestation says. Call it for an accepted attestation only: before that the
 * bytes are a stranger's, and parsing many of them takes time.
 * @returns what is wrong with it as text.
 * @throws {RegistryError} if it cannot be fetched.
 */
export async function fetchNotationPredicate(
  { registry, repository }: NotationSearch,
  { predicate }: NotationAttestation,
  options: CallOptions,
): Promise<{ readonly value: JsonValue } | string> {
  const bytes = await registry.blob(repository, predicate, {
    ...options,
    maxBytes: MAX_PREDICATE_BYTES,
  });
  if (!isUtf8(bytes)) return 'attestation is not UTF-8';
  try {
    return { value: parseStrictJson(bytes.toString('utf8')) };
  } catch (error) {
    return `attestation cannot be read: ${messageOf(error)}`;
  }
}

async function openAttestation(
  descriptor: Descriptor,
  type: string,
  { search, options }: { search: NotationSearch; options: CallOptions },
): Promise<NotationFindings<NotationAttestation>> {
  const where = `${repositoryName(search.repository)}@${descriptor.digest}`;
  return searchPart(where, async () => {
    const manifest = await search.registry.manifest(search.repository, descriptor.digest, options);
    if (manifest.kind !== 'image' || !isOfType(manifest, type)) return mergeFindings([]);
    // The registry only lists it; the signed manifest itself must say which image it is about.
    if (manifest.subject?.digest !== search.digest)
      return oddity(where, `attestation is about ${manifest.subject?.digest ?? 'no image'}`);
    const [predicate] = manifest.layers;
    if (predicate === undefined || manifest.layers.length !== 1)
      return oddity(where, `attestation has ${manifest.layers.length} layers, expected 1`);
    const signatures = await discoverNotation({ ...search, digest: descriptor.digest }, options);
    const { mediaType, digest, size } = descriptor;
    const target = { mediaType, digest, size };
    const attestation = { type, predicate, target, signatures };
    return { items: [attestation], oddities: [], problems: [] };
  });
}
