import type { KindPattern } from './model.ts';

const VERSION = /^(?:v\d+(?:(?:alpha|beta)\d+)?|\*)$/;

/** What stands between a group and a kind may hold wildcards. */
const VERSION_PATTERN = /^[v*?][a-z\d*?]*$/;

/**
 * Reads a kind as match blocks write it: `Pod`, `v1/Pod`, `apps/v1/Deployment`, `Pod/exec`, `Pod.exec`,
 * `v1/Pod/exec`, or two stars for everything. What is not written is open: `v1/Deployment` matches
 * `apps/v1`, but `Pod` has no subresource (Kyverno 1.19). Undefined for other text.
 */
export function parseKindPattern(text: string): KindPattern | undefined {
  if (text === '*/*') return { group: '*', version: '*', kind: '*', subresource: '*' };
  const slashed = text.split('/');
  const parts = [...slashed.slice(0, -1), ...(slashed.at(-1) ?? '').split('.')];
  if (parts.includes('') || /\s/.test(text)) return undefined;
  return FORMS[parts.length - 1]?.(parts[0] ?? '', parts[1] ?? '', parts.slice(2));
}

type Form = (first: string, second: string, rest: readonly string[]) => KindPattern | undefined;

/** By number of parts. */
const FORMS: readonly Form[] = [
  (kind) => ({ group: '*', version: '*', kind, subresource: '' }),
  (first, second) => {
    // `*/exec`: a lower-case word is a subresource, kinds start with a capital.
    const isVersion = VERSION.test(first) && !(first === '*' && second === second.toLowerCase());
    return isVersion
      ? { group: '*', version: first, kind: second, subresource: '' }
      : { group: '*', version: '*', kind: first, subresource: second };
  },
  (first, second, [third = '']) => {
    const isSubresource = !VERSION.test(second) || third === third.toLowerCase();
    if (VERSION.test(first) && isSubresource)
      return { group: '*', version: first, kind: second, subresource: third };
    return VERSION_PATTERN.test(second)
      ? { group: first, version: second, kind: third, subresource: '' }
      : undefined;
  },
  (group, version, [kind = '', subresource = '']) => ({ group, version, kind, subresource }),
];
