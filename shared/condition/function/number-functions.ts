import type { JsonValue } from '../../base/json-value.ts';
import { ArgumentFault } from './argument-fault.ts';
import type { Arguments } from './arguments.ts';
import type { FunctionGroup } from './function-entry.ts';

/** Functions on plain numbers. */
export const NUMBER_FUNCTIONS: FunctionGroup = {
  abs: { parameters: [['number']], call: (args) => Math.abs(args.number(0)) },
  avg: { parameters: [['array[number]']], call: average },
  ceil: { parameters: [['number']], call: (args) => Math.ceil(args.number(0)) },
  floor: { parameters: [['number']], call: (args) => Math.floor(args.number(0)) },
  round: { parameters: [['number'], ['number']], call: round },
};

function average(args: Arguments): JsonValue {
  const list = args.list(0);
  const sum = list.reduce((total: number, item) => total + Number(item), 0);
  return list.length === 0 ? null : sum / list.length;
}

/** To a number of decimal places; halves away from zero, as Go's `math.Round`. */
function round(args: Arguments): number {
  const value = args.number(0);
  const places = args.number(1);
  if (!Number.isSafeInteger(places) || places < 0)
    throw new ArgumentFault(`argument 2 is ${places}, expected an integer that is not negative`);
  const shift = 10 ** places;
  return (Math.sign(value) * Math.round(Math.abs(value) * shift)) / shift;
}
