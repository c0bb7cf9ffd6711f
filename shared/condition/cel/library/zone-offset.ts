const FIXED = /^([-+]?\d{1,2}):([-+]?\d{1,2})$/;

/** As the files of the IANA database are named, whose case counts. */
const NAME = /^[A-Z][\w+-]*(?:\/[A-Z][\w+-]*)*$/;

/**
 * Seconds east of UTC in a zone, `Europe/Zurich` or `-08:00`, at a time; undefined for what is no zone (cel-go:
 * `timeZone`).
 */
export function zoneOffset(zone: string, at: Date): number | undefined {
  if (zone.includes(':')) return fixedOffset(zone);
  if (zone === '' || zone === 'UTC' || zone === 'Local') return 0;
  return NAME.test(zone) ? namedOffset(zone, at) : undefined;
}

function fixedOffset(zone: string): number | undefined {
  const [, hours = '', minutes = ''] = FIXED.exec(zone) ?? [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  if (hours === '' || Math.abs(hour) > 23 || minute < 0 || minute > 59) return undefined;
  return (hour * 60 + (hours.startsWith('-') ? -minute : minute)) * 60;
}

function namedOffset(zone: string, at: Date): number | undefined {
  const name = offsetName(zone, at);
  if (name === undefined) return undefined;
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /^GMT(?:([-+])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return sign === '-' ? -offset : offset;
}

/** `GMT+01:00`. */
function offsetName(timeZone: string, at: Date): string | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  } catch {
    return undefined;
  }
}
