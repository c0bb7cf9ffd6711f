import type { RegexpMatch } from '../../base/regexp.ts';

/** `$$`, `$name` with the longest name possible, `${name}`; a name of digits is a number of a group. */
const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/**
 * Fills in a template as Go's `Regexp.Expand`: `$1` and `${name}` are groups, `$$` is a dollar sign, and
 * groups that do not exist are empty, so that `$1x` is empty where `${1}x` was meant.
 */
export function expandTemplate(template: string, match: RegexpMatch): string {
  return template.replaceAll(REFERENCE, (whole: string, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    return match.group(/^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : name);
  });
}
