import type { TimeFields } from './time-fields.ts';

interface LayoutPart {
  /** What it finds at the start of a text. */
  readonly form: RegExp;
  /** Notes what was found; false where that is out of range. */
  readonly note: (fields: TimeFields, found: RegExpExecArray) => boolean;
}

const MONTHS =
  'january february march april may june july august september october november december'.split(
    ' ',
  );
const DAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');

/** UTC, GMT with hours, an offset that serves as a name, or three to five letters. */
const ZONE =
  /^(?:UTC|ChST|MeST|GMT(?:[-+]0*(?:1?\d|2[0-3])(?!\d))?|[-+]0*(?:1?\d|2[0-3])(?!\d)|(?:[A-Z]{3}|[A-Z]{3,4}T|WITA)(?![A-Z]))/;

/** What each part of a Go layout reads (Go: `time.Parse`); the keys are Go's reference time. */
export const LAYOUT_PARTS: ReadonlyMap<string, LayoutPart> = new Map<string, LayoutPart>([
  ['2006', number('year', /^\d{4}/, [0, 9999])],
  ['06', { form: /^\d\d/, note: noteShortYear }],
  ['January', { form: oneOf(MONTHS), note: noteMonth }],
  ['Jan', { form: oneOf(MONTHS.map(short)), note: noteMonth }],
  ['1', number('month', /^\d\d?/, [1, 12])],
  ['01', number('month', /^\d\d/, [1, 12])],
  ['Monday', { form: oneOf(DAYS), note: () => true }],
  ['Mon', { form: oneOf(DAYS.map(short)), note: () => true }],
  ['2', number('day', /^\d\d?/, [1, 31])],
  ['_2', number('day', /^ ?\d\d?/, [1, 31])],
  ['02', number('day', /^\d\d/, [1, 31])],
  ['__2', number('dayOfYear', /^ {0,2}\d{1,3}/, [1, 366])],
  ['002', number('dayOfYear', /^\d{3}/, [1, 366])],
  ['15', number('hour', /^\d\d?/, [0, 23])],
  ['3', number('hour', /^\d\d?/, [0, 12])],
  ['03', number('hour', /^\d\d/, [0, 12])],
  ['4', number('minute', /^\d\d?/, [0, 59])],
  ['04', number('minute', /^\d\d/, [0, 59])],
  ['5', number('second', /^\d\d?/, [0, 59])],
  ['05', number('second', /^\d\d/, [0, 59])],
  ['PM', { form: /^[AP]M/, note: noteHalf }],
  ['pm', { form: /^[ap]m/, note: noteHalf }],
  ...['07', '0700', '07:00', '070000', '07:00:00'].flatMap((written) => [
    [`-${written}`, offset(written, false)] as const,
    [`Z${written}`, offset(written, true)] as const,
  ]),
  ['MST', { form: ZONE, note: noteZone }],
]);

type Range = readonly [number, number];

function number(
  field: 'year' | 'month' | 'day' | 'dayOfYear' | 'hour' | 'minute' | 'second',
  form: RegExp,
  [least, most]: Range,
): LayoutPart {
  return {
    form,
    note: (fields, [text]) => {
      const value = Number(text);
      fields[field] = value;
      return value >= least && value <= most;
    },
  };
}

function short(name: string): string {
  return name.slice(0, 3);
}

function oneOf(names: readonly string[]): RegExp {
  return new RegExp(`^(?:${names.join('|')})`, 'i');
}

function noteMonth(fields: TimeFields, [name]: RegExpExecArray): boolean {
  fields.month = MONTHS.findIndex((month) => month.startsWith(name.toLowerCase())) + 1;
  return true;
}

function noteShortYear(fields: TimeFields, [text]: RegExpExecArray): boolean {
  fields.year = Number(text) + (Number(text) >= 69 ? 1900 : 2000);
  return true;
}

function noteHalf(fields: TimeFields, [text]: RegExpExecArray): boolean {
  fields.isAfternoon = text.toUpperCase() === 'PM';
  return true;
}

/** Hours may be 24 and minutes and seconds 60, as some people write them. */
function offset(written: string, allowsZ: boolean): LayoutPart {
  const digits = written.replaceAll(/\d\d/g, '(\\d\\d)');
  return {
    form: new RegExp(`^(?:([-+])${digits}${allowsZ ? '|Z' : ''})`),
    note: (fields, [text, sign, hours = '0', minutes = '0', seconds = '0']) => {
      if (text === 'Z') fields.isUtc = true;
      const total = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
      if (text !== 'Z') fields.offset = sign === '-' ? -total : total;
      return Number(hours) <= 24 && Number(minutes) <= 60 && Number(seconds) <= 60;
    },
  };
}

/** Only UTC says when it is; GMT+3 merely how it is shown, and other names nothing. */
function noteZone(fields: TimeFields, [name]: RegExpExecArray): boolean {
  if (name === 'UTC') fields.isUtc = true;
  fields.shownOffset = name.startsWith('GMT') ? Number(name.slice(3)) * 3600 : 0;
  return true;
}
