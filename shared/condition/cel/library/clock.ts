import { ConditionError } from '../../condition-error.ts';
import type { CelTimestamp } from '../value/cel-time.ts';
import type { CallArguments } from './call-arguments.ts';
import type { Library } from './library.ts';
import { zoneOffset } from './zone-offset.ts';

const SECOND = 1_000_000_000n;
const MILLISECONDS_A_DAY = 86_400_000;

/** What a calendar and a clock show, in UTC or a zone. */
const FIELDS: Readonly<Record<string, (wall: Date) => number>> = {
  getFullYear: (wall) => wall.getUTCFullYear(),
  getMonth: (wall) => wall.getUTCMonth(),
  getDayOfYear: (wall) =>
    Math.floor((wall.getTime() - new Date(wall).setUTCMonth(0, 1)) / MILLISECONDS_A_DAY),
  getDayOfMonth: (wall) => wall.getUTCDate() - 1,
  getDate: (wall) => wall.getUTCDate(),
  getDayOfWeek: (wall) => wall.getUTCDay(),
  getHours: (wall) => wall.getUTCHours(),
  getMinutes: (wall) => wall.getUTCMinutes(),
  getSeconds: (wall) => wall.getUTCSeconds(),
  getMilliseconds: (wall) => wall.getUTCMilliseconds(),
};

/** Nanoseconds a unit of a duration has. */
const UNITS: Readonly<Record<string, bigint>> = {
  getHours: 3600n * SECOND,
  getMinutes: 60n * SECOND,
  getSeconds: SECOND,
  getMilliseconds: SECOND / 1000n,
};

/** Looking up the history of a time zone takes about as long as these steps. */
const STEPS_TO_FIND_ZONE = 500;

/** What times and durations show of themselves. */
export const CLOCK: Library = {
  ...Object.fromEntries(
    Object.entries(FIELDS).flatMap(([name, field]) => [
      [
        `timestamp -> ${name}(): int`,
        (args: CallArguments) => BigInt(field(wallTime(args.time(0), 0))),
      ],
      [`timestamp -> ${name}(string): int`, (args: CallArguments) => BigInt(field(inZone(args)))],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(UNITS).map(([name, unit]) => [
      `duration -> ${name}(): int`,
      (args: CallArguments) => args.nanoseconds(0) / unit,
    ]),
  ),
};

/** The clock on the wall there, as a time in UTC. */
function wallTime({ epoch }: CelTimestamp, offset: number): Date {
  const milliseconds = epoch / 1_000_000n - (epoch % 1_000_000n < 0n ? 1n : 0n);
  return new Date(Number(milliseconds) + offset * 1000);
}

function inZone(args: CallArguments): Date {
  args.budget.spend(STEPS_TO_FIND_ZONE);
  const time = args.time(0);
  const offset = zoneOffset(args.text(1), wallTime(time, 0));
  if (offset === undefined)
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `unknown time zone ${JSON.stringify(args.text(1).slice(0, 80))}`,
    );
  return wallTime(time, offset);
}
