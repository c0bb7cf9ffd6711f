import type { KindPattern } from './model.ts';

const VERSION = /^(?:v\d+(?:(?:alpha|beta)\d+)?|\*)$/;

/**
 * Reads a kind as match blocks write it: `Pod`, `v1/Pod`, `apps/v1/Deployment`, `Pod/exec`, `Pod.exec`,
 * `v1/Pod/exec`, or two stars for everything. What is not written is open: `v1/Deployment` matches
 * `apps/v1`, but `Pod` has no subresource (Kyverno 1.19: ParseKindSelector, whatever comes of it: of
 * three parts behind a version or a star the last one is a subresource).
 */
export function parseKindPattern(text: string): KindPattern {
  const slashed = text.split('/');
  const parts = [...slashed.slice(0, -1), ...(slashed.at(-1) ?? '').split('.')];
  return FORMS[parts.length - 1]?.(...parts) ?? NOTHING;
}

/** More parts than a kind can have. */
const NOTHING: KindPattern = { group: '', version: '', kind: '', subresource: '' };

type Form = (...parts: readonly string[]) => KindPattern;

/** By number of parts. */
const FORMS: readonly Form[] = [
  (kind = '') => openPattern(kind, ''),
  (first = '', second = '') => ofTwo(first, second),
  (first = '', second = '', third = '') =>
    VERSION.test(first)
      ? { group: '*', version: first, kind: second, subresource: third }
      : { group: first, version: second, kind: third, subresource: '' },
  (group = '', version = '', ...[kind = '', subresource = '']) => ({
    group,
    version,
    kind,
    subresource,
  }),
];

function ofTwo(first: string, second: string): KindPattern {
  // `*/exec`: a lower-case word is a subresource, kinds start with a capital.
  if (first === '*' && second === second.toLowerCase()) return openPattern(first, second);
  return VERSION.test(first)
    ? { group: '*', version: first, kind: second, subresource: '' }
    : openPattern(first, second);
}

function openPattern(kind: string, subresource: string): KindPattern {
  return { group: '*', version: '*', kind, subresource };
}

/** How Kubernetes writes versions, kinds and subresources, with wildcards; groups never are in the way. */
const NAMES: Readonly<Record<'version' | 'kind' | 'subresource', RegExp>> = {
  version: /^[v*?][a-z\d*?]*$/,
  kind: /^[A-Z*?][A-Za-z\d*?]*$/,
  subresource: /^[a-z\d*?/-]*$/,
};

/** Whether objects can be of such a kind, as Kubernetes names what it has. */
export function canExist({ version, kind, subresource }: KindPattern): boolean {
  return (
    NAMES.version.test(version) && NAMES.kind.test(kind) && NAMES.subresource.test(subresource)
  );
}
