import { CodedError } from '../base/coded-error.ts';
import { type Digest, tryParseDigest } from '../base/digest.ts';
import {
  canonicalRegistry,
  DEFAULT_REGISTRY,
  looksLikeHost,
  lowerCaseHost,
} from './registry-host.ts';

export type ImageReferenceErrorCode =
  'EMPTY' | 'BAD_REGISTRY' | 'BAD_REPOSITORY' | 'BAD_TAG' | 'BAD_DIGEST';

/** An image name that is not a reference of the distribution grammar; says which rule broke. */
export class ImageReferenceError extends CodedError<ImageReferenceErrorCode> {}

/** Where an image lives: registry host (with port) and repository path, as policies and patches write it. */
export interface Repository {
  /** `docker.io`, `ghcr.io`, `localhost:5000`. Docker Hub's aliases are folded into `docker.io`. */
  readonly registry: string;
  /** `nginx`, `library/nginx`, `acme/app`. No `library/` is inserted. */
  readonly path: string;
}

/** A parsed image reference; made by {@link parseReference} only. */
export interface ImageReference extends Repository {
  /** The text as the author wrote it. */
  readonly written: string;
  /** The tag, `latest` where neither tag nor digest was written. */
  readonly tag: string | undefined;
  /** A digest beside a tag wins: the tag is then only a label (MUST-NOT-HAPPEN 3). */
  readonly digest: Digest | undefined;
}

/** github.com/distribution/reference: total length of the name, and the grammar of its parts. */
const MAX_NAME_LENGTH = 255;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;

interface ReferenceParts extends Repository {
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** The rules of the grammar, in the order in which a reader meets the parts. */
const GRAMMAR: readonly {
  readonly code: ImageReferenceErrorCode;
  readonly holds: (parts: ReferenceParts) => boolean;
  readonly expected: (parts: ReferenceParts) => string;
}[] = [
  {
    code: 'BAD_REGISTRY',
    holds: ({ registry }) => HOST.test(registry),
    expected: ({ registry }) =>
      `registry host "${registry}" is not a host name with an optional port`,
  },
  {
    code: 'BAD_REPOSITORY',
    holds: ({ registry, path }) =>
      PATH.test(path) && registry.length + path.length < MAX_NAME_LENGTH,
    expected: ({ path }) =>
      `repository "${path}" must be lower-case components of letters, digits and separators, ${MAX_NAME_LENGTH} characters at most`,
  },
  {
    code: 'BAD_TAG',
    holds: ({ tag }) => tag === undefined || TAG.test(tag),
    expected: ({ tag = '' }) => `tag "${tag}" must be 1 to 128 letters, digits, ".", "_" or "-"`,
  },
  {
    code: 'BAD_DIGEST',
    holds: ({ digest }) => digest === undefined || tryParseDigest(digest) !== undefined,
    expected: ({ digest = '' }) =>
      `digest "${digest}" must be "sha256:" with 64 or "sha512:" with 128 hexadecimal digits`,
  },
];

/**
 * Parses an image reference as Kyverno and the distribution grammar read it.
 * @throws {ImageReferenceError} naming the part that is wrong.
 */
export function parseReference(written: string): ImageReference {
  if (written.trim() === '')
    throw new ImageReferenceError('EMPTY', 'Cannot parse image reference: it is empty');
  const parts = splitReference(written);
  const broken = GRAMMAR.find((rule) => !rule.holds(parts));
  if (broken !== undefined) {
    throw new ImageReferenceError(
      broken.code,
      `Cannot parse image reference "${written}": ${broken.expected(parts)}`,
    );
  }
  const { registry, path, tag, digest } = parts;
  return {
    written,
    registry: canonicalRegistry(registry),
    path,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest: digest === undefined ? undefined : tryParseDigest(digest),
  };
}

/** The reference with the host that its author wrote: Docker Hub's other names stay what they are. */
export function withWrittenHost(reference: ImageReference): ImageReference {
  return { ...reference, registry: lowerCaseHost(splitReference(reference.written).registry) };
}

function splitReference(written: string): ReferenceParts {
  const at = written.indexOf('@');
  const digest = at < 0 ? undefined : written.slice(at + 1);
  const rest = at < 0 ? written : written.slice(0, at);
  const colon = rest.lastIndexOf(':');
  const hasTag = colon > rest.lastIndexOf('/');
  const name = hasTag ? rest.slice(0, colon) : rest;
  return { ...splitRegistry(name), tag: hasTag ? rest.slice(colon + 1) : undefined, digest };
}

function splitRegistry(name: string): Repository {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (slash < 0 || !looksLikeHost(first)) return { registry: DEFAULT_REGISTRY, path: name };
  return { registry: first, path: name.slice(slash + 1) };
}
