import { parseNanoseconds } from '../duration.ts';
import { parseExactQuantity, type Quantity } from '../quantity.ts';
import { ArgumentFault } from './argument-fault.ts';
import { typeOf } from './argument-type.ts';
import type { Arguments } from './arguments.ts';

/** What Kyverno's arithmetic works on: plain numbers, quantities, durations in nanoseconds. */
export type Operand =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'quantity'; readonly value: Quantity }
  | { readonly kind: 'duration'; readonly value: bigint };

/**
 * Reads an argument: text is a quantity where it can be one (`5m` is five thousandths), else a duration.
 * @throws {ArgumentFault}
 */
export function operandArgument(args: Arguments, index: number): Operand {
  const value = args.all[index];
  if (typeof value === 'number') return { kind: 'number', value };
  if (typeof value === 'string') {
    const quantity = parseExactQuantity(value);
    if (quantity !== undefined) return { kind: 'quantity', value: quantity };
    const duration = parseNanoseconds(value);
    if (duration !== undefined) return { kind: 'duration', value: duration };
  }
  const found =
    typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : `of type ${typeOf(value)}`;
  throw new ArgumentFault(
    `invalid operand, argument ${index + 1} is ${found}, expected a number, a quantity or a duration`,
  );
}
