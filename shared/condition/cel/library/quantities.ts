import { ConditionError } from '../../condition-error.ts';
import { compareQuantities } from '../../compare-quantities.ts';
import { addQuantities, approximate } from '../../function/quantity-arithmetic.ts';
import { parseExactQuantity, type Quantity } from '../../quantity.ts';
import type { CelValue } from '../value/cel-value.ts';
import { CelOpaque, type OpaqueKind } from '../value/cel-opaque.ts';
import { MAX_INT, MIN_INT } from '../value/int-range.ts';
import type { CallArguments } from './call-arguments.ts';
import type { Library } from './library.ts';

/** `resource.Quantity`; equal ones need not be written alike. */
const QUANTITY: OpaqueKind<Quantity> = {
  name: 'kubernetes.Quantity',
  isEqual: (left, right) => compareQuantities(left, right) === 0,
};

/** Amounts of resources, `500m` and `1.5Gi`. */
export const QUANTITIES: Library = {
  'quantity(string): Quantity': (args) => {
    const quantity = parseExactQuantity(args.text(0));
    if (quantity !== undefined) return new CelOpaque(QUANTITY, quantity);
    throw new ConditionError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(args.text(0).slice(0, 80))} is no quantity`,
    );
  },
  'isQuantity(string): bool': (args) => parseExactQuantity(args.text(0)) !== undefined,
  'sign(Quantity): int': (args) => BigInt(signOf(amount(args, 0).unscaled)),
  'Quantity -> isGreaterThan(Quantity): bool': (args) => order(args) > 0,
  'Quantity -> isLessThan(Quantity): bool': (args) => order(args) < 0,
  'Quantity -> compareTo(Quantity): int': (args) => BigInt(order(args)),
  'Quantity -> asApproximateFloat(): double': (args) => approximate(amount(args, 0)),
  'Quantity -> asInteger(): int': (args) => {
    const value = asInteger(amount(args, 0));
    if (value !== undefined) return value;
    throw new ConditionError('INVALID_ARGUMENT', 'cannot convert value to integer');
  },
  'Quantity -> isInteger(): bool': (args) => asInteger(amount(args, 0)) !== undefined,
  'Quantity -> add(Quantity): Quantity': (args) => sum(amount(args, 0), amount(args, 1)),
  'Quantity -> add(int): Quantity': (args) => sum(amount(args, 0), fromInt(args.int(1))),
  'Quantity -> sub(Quantity): Quantity': (args) => sum(amount(args, 0), negated(amount(args, 1))),
  'Quantity -> sub(int): Quantity': (args) => sum(amount(args, 0), fromInt(-args.int(1))),
};

function amount(args: CallArguments, index: number): Quantity {
  return args.payload(QUANTITY, index);
}

function order(args: CallArguments): number {
  return compareQuantities(amount(args, 0), amount(args, 1));
}

function signOf(value: bigint): number {
  if (value === 0n) return 0;
  return value < 0n ? -1 : 1;
}

function sum(left: Quantity, right: Quantity): CelValue {
  return new CelOpaque(QUANTITY, addQuantities(left, right));
}

function fromInt(value: bigint): Quantity {
  return { unscaled: value, scale: 0, format: 'exponent' };
}

function negated(quantity: Quantity): Quantity {
  return { ...quantity, unscaled: -quantity.unscaled };
}

/** Only of what is not written as a fraction, which `1000m` is, nor capped (`resource.Quantity.AsInt64`). */
function asInteger({ unscaled, scale, format }: Quantity): bigint | undefined {
  if (scale > 0 || (format === 'binary' && unscaled === MAX_INT)) return undefined;
  const value = unscaled * 10n ** BigInt(-scale);
  return value > MAX_INT || value < MIN_INT ? undefined : value;
}
