import { parseTime } from '../../time/parse-time.ts';
import { isRequestUri } from '../../url/parse-url.ts';
import { CelOpaque, type OpaqueKind } from '../value/cel-opaque.ts';
import { CelOptional, NONE } from '../value/cel-optional.ts';
import type { Library } from './library.ts';
import { labelValueProblems, qualifiedNameProblems } from './label-problems.ts';
import { labelProblems, oldLabelProblems, subdomainProblems } from './name-problems.ts';

interface NamedFormat {
  readonly name: string;
  /** What is wrong with a text. */
  readonly problems: (text: string) => readonly string[];
}

const FORMAT: OpaqueKind<NamedFormat> = {
  name: 'kubernetes.NamedFormat',
  isEqual: (left, right) => left.name === right.name,
};

const FORMATS: ReadonlyMap<string, NamedFormat> = new Map<string, NamedFormat>([
  ['dns1123Label', { name: 'DNS1123Label', problems: labelProblems }],
  ['dns1123Subdomain', { name: 'DNS1123Subdomain', problems: subdomainProblems }],
  ['dns1035Label', { name: 'DNS1035Label', problems: oldLabelProblems }],
  ['qualifiedName', { name: 'QualifiedName', problems: qualifiedNameProblems }],
  ['dns1123LabelPrefix', { name: 'DNS1123LabelPrefix', problems: prefix(labelProblems) }],
  [
    'dns1123SubdomainPrefix',
    { name: 'DNS1123SubdomainPrefix', problems: prefix(subdomainProblems) },
  ],
  ['dns1035LabelPrefix', { name: 'DNS1035LabelPrefix', problems: prefix(oldLabelProblems) }],
  ['labelValue', { name: 'LabelValue', problems: labelValueProblems }],
  ['uri', form('URI', 'invalid URI for request', isRequestUri)],
  ['uuid', form('uuid', 'does not match the UUID format', isUuid)],
  ['byte', form('byte', 'invalid base64', isBase64)],
  ['date', form('date', 'invalid date', isDate)],
  ['datetime', form('datetime', 'invalid datetime', isDateTime)],
]);

/** Forms that texts can have. */
export const NAMED_FORMATS: Library = {
  'format.named(string): optional<Format>': (args) => {
    const format = FORMATS.get(args.text(0));
    return format === undefined ? NONE : new CelOptional(new CelOpaque(FORMAT, format));
  },
  'Format -> validate(string): optional<list<string>>': (args) => {
    args.spendText(args.text(1).length * 4);
    const problems = args.payload(FORMAT, 0).problems(args.text(1));
    return problems.length === 0 ? NONE : new CelOptional(problems);
  },
  ...Object.fromEntries(
    [...FORMATS].map(([name, format]) => [
      `format.${name}(): Format`,
      () => new CelOpaque(FORMAT, format),
    ]),
  ),
};

function form(name: string, problem: string, holds: (text: string) => boolean): NamedFormat {
  return { name, problems: (text) => (holds(text) ? [] : [problem]) };
}

/** What comes before a generated part may end in a dash; with it the character before it is not looked at. */
function prefix(problems: NamedFormat['problems']): NamedFormat['problems'] {
  return (text) => problems(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);
}

function isUuid(text: string): boolean {
  return /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i.test(text);
}

function isBase64(text: string): boolean {
  return text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

function isDate(text: string): boolean {
  return parseTime('2006-01-02', text) !== undefined;
}

/** RFC 3339; only what is before a second `t` counts (kube-openapi: `strfmt.IsDateTime`). */
function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  return (
    time !== undefined &&
    isDate(date) &&
    /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:.\d+)?(?:z|[-+]\d\d:\d\d)$/.test(time)
  );
}
