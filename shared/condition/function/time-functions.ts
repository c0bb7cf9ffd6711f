import { parseNanoseconds } from '../duration.ts';
import type { Evaluation } from '../evaluation.ts';
import { formatDuration } from '../format-duration.ts';
import { between, formatCron, formatRfc3339, type Instant, truncated } from '../time/instant.ts';
import { parseTime, RFC3339 } from '../time/parse-time.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { ArgumentType } from './argument-type.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions on times, which are text in RFC 3339. */
export const TIME_FUNCTIONS: FunctionGroup = {
  time_add: { parameters: texts(2), call: add },
  time_after: { parameters: texts(2), call: (args) => epoch(args, 0) > epoch(args, 1) },
  time_before: { parameters: texts(2), call: (args) => epoch(args, 0) < epoch(args, 1) },
  time_between: {
    parameters: texts(3),
    call: (args) => epoch(args, 0) > epoch(args, 1) && epoch(args, 0) < epoch(args, 2),
  },
  time_diff: {
    parameters: texts(2),
    call: (args) => formatDuration(between(time(args, 0), time(args, 1))),
  },
  time_now: { parameters: [], call: (_args, context) => formatRfc3339(now(context)) },
  time_now_utc: { parameters: [], call: (_args, context) => formatRfc3339(now(context)) },
  time_parse: { parameters: texts(2), call: parse },
  time_since: { parameters: texts(3), call: since },
  time_to_cron: { parameters: texts(1), call: (args) => formatCron(time(args, 0)) },
  time_truncate: {
    parameters: texts(2),
    call: (args) => formatRfc3339(truncated(time(args, 0), duration(args, 1))),
  },
  time_utc: {
    parameters: texts(1),
    call: (args) => formatRfc3339({ ...time(args, 0), offset: 0 }),
  },
};

function texts(count: number): readonly (readonly ArgumentType[])[] {
  return Array.from({ length: count }, () => ['string'] as const);
}

/** A server's local time is taken to be UTC, as it is in Kyverno's containers. */
function now({ clock }: Evaluation): Instant {
  return { epoch: BigInt(Math.trunc(clock.now())) * 1_000_000n, offset: 0 };
}

function time(args: Arguments, index: number, layout: string = RFC3339): Instant {
  const text = args.text(index);
  const instant = parseTime(layout, text);
  if (instant !== undefined) return instant;
  throw new ArgumentFault(
    `argument ${index + 1} is ${JSON.stringify(text.slice(0, 64))}, expected a time in the layout ${JSON.stringify(layout.slice(0, 64))}`,
  );
}

function epoch(args: Arguments, index: number): bigint {
  return time(args, index).epoch;
}

function duration(args: Arguments, index: number): bigint {
  const text = args.text(index);
  const nanoseconds = /^[-+]?0$/.test(text) ? 0n : parseNanoseconds(text);
  if (nanoseconds !== undefined) return nanoseconds;
  throw new ArgumentFault(
    `argument ${index + 1} is ${JSON.stringify(text.slice(0, 64))}, expected a duration such as "1h30m"`,
  );
}

function add(args: Arguments): string {
  const instant = time(args, 0);
  return formatRfc3339({ ...instant, epoch: instant.epoch + duration(args, 1) });
}

/** An empty layout is RFC 3339, an empty end is now. */
function since(args: Arguments, context: Evaluation): string {
  const layout = args.text(0) === '' ? RFC3339 : args.text(0);
  const end = args.text(2) === '' ? now(context) : time(args, 2, layout);
  return formatDuration(between(time(args, 1, layout), end));
}

const INTEGER = /^[-+]?\d{1,18}$/;
/** The year 9999, the last that text in RFC 3339 can have. */
const MAX_SECONDS = 253_402_300_799n;

/** A layout that is a whole number, whichever, means seconds since 1970 (Kyverno 1.19). */
function parse(args: Arguments): string {
  const layout = args.text(0);
  if (!INTEGER.test(layout)) return formatRfc3339(time(args, 1, layout));
  const text = args.text(1);
  const seconds = INTEGER.test(text) ? BigInt(text.replace('+', '')) : undefined;
  if (seconds === undefined || seconds > MAX_SECONDS || seconds < -MAX_SECONDS)
    throw new ArgumentFault(
      `argument 2 is ${JSON.stringify(text.slice(0, 64))}, expected seconds since 1970`,
    );
  return formatRfc3339({ epoch: seconds * 1_000_000_000n, offset: 0 });
}
