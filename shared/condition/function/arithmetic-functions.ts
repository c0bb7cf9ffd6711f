import type { JsonValue } from '../../base/json-value.ts';
import { formatQuantity } from '../format-quantity.ts';
import { parseExactQuantity, type Quantity } from '../quantity.ts';
import { ArgumentFault } from './argument-fault.ts';
import { Arguments } from './arguments.ts';
import { durationResult, inSeconds, fromSeconds } from './duration-arithmetic.ts';
import type { FunctionGroup } from './function-entry.ts';
import { type Operand, operandArgument } from './operand.ts';
import {
  addQuantities,
  approximate,
  divideQuantity,
  multiplyQuantities,
} from './quantity-arithmetic.ts';

const OPERANDS = [['any'], ['any']] as const;

/** Arithmetic on numbers, quantities and durations (Kyverno 1.19). */
export const ARITHMETIC_FUNCTIONS: FunctionGroup = {
  add: { parameters: OPERANDS, call: (args) => add(...operands(args)) },
  divide: { parameters: OPERANDS, call: (args) => divide(...operands(args)) },
  modulo: { parameters: OPERANDS, call: (args) => modulo(...operands(args)) },
  multiply: { parameters: OPERANDS, call: (args) => multiply(...operands(args)) },
  subtract: { parameters: OPERANDS, call: (args) => subtract(...operands(args)) },
  sum: { parameters: [['array']], call: sum },
};

function operands(args: Arguments): [Operand, Operand] {
  return [operandArgument(args, 0), operandArgument(args, 1)];
}

function mismatch(left: Operand, right: Operand): ArgumentFault {
  return new ArgumentFault(`types mismatch, found a ${left.kind} and a ${right.kind}`);
}

function zeroDivisor(): ArgumentFault {
  return new ArgumentFault('zero divisor passed');
}

function add(left: Operand, right: Operand): JsonValue {
  if (left.kind === 'number' && right.kind === 'number') return left.value + right.value;
  if (left.kind === 'quantity' && right.kind === 'quantity')
    return formatQuantity(addQuantities(left.value, right.value));
  if (left.kind === 'duration' && right.kind === 'duration')
    return durationResult(left.value + right.value);
  throw mismatch(left, right);
}

function subtract(left: Operand, right: Operand): JsonValue {
  if (left.kind !== right.kind) throw mismatch(left, right);
  return add(left, negated(right));
}

function negated(operand: Operand): Operand {
  if (operand.kind === 'number') return { ...operand, value: -operand.value };
  if (operand.kind === 'duration') return { ...operand, value: -operand.value };
  return { ...operand, value: { ...operand.value, unscaled: -operand.value.unscaled } };
}

/** One of the two is a plain number. */
function multiply(left: Operand, right: Operand): JsonValue {
  if (right.kind !== 'number') {
    if (left.kind !== 'number') throw mismatch(left, right);
    return multiply(right, left);
  }
  if (left.kind === 'number') return left.value * right.value;
  return left.kind === 'quantity'
    ? formatQuantity(multiplyQuantities(left.value, asQuantity(right.value)))
    : fromSeconds(inSeconds(left.value) * right.value);
}

/** By a number gives the same kind, by the same kind gives a number. */
function divide(left: Operand, right: Operand): JsonValue {
  if (right.kind === 'number') {
    if (right.value === 0) throw zeroDivisor();
    if (left.kind === 'number') return left.value / right.value;
    return left.kind === 'quantity'
      ? formatQuantity(divideQuantity(left.value, asQuantity(right.value)))
      : fromSeconds(inSeconds(left.value) / right.value);
  }
  if (left.kind !== right.kind) throw mismatch(left, right);
  const [dividend, divisor] = [plain(left), plain(right)];
  if (divisor === 0) throw zeroDivisor();
  return dividend / divisor;
}

function plain(operand: Operand): number {
  if (operand.kind === 'number') return operand.value;
  return operand.kind === 'quantity' ? approximate(operand.value) : inSeconds(operand.value);
}

function modulo(left: Operand, right: Operand): JsonValue {
  if (left.kind !== right.kind) throw mismatch(left, right);
  const [dividend, divisor] = [whole(left), whole(right)];
  if (divisor === 0n) throw zeroDivisor();
  const rest = dividend % divisor;
  if (left.kind === 'number') return Number(rest);
  return left.kind === 'quantity'
    ? formatQuantity({ unscaled: rest, scale: 0, format: left.value.format })
    : durationResult(rest);
}

function whole(operand: Operand): bigint {
  if (operand.kind === 'duration') return operand.value;
  const value = plain(operand);
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63)
    throw new ArgumentFault(`non-integer argument passed for modulo, found ${value}`);
  return BigInt(value);
}

/** A factor as the quantity that Kyverno makes of it. */
function asQuantity(value: number): Quantity {
  const quantity = parseExactQuantity(String(value));
  if (quantity === undefined) throw new ArgumentFault(`invalid operand, found ${value}`);
  return quantity;
}

/** A single element is given back as it is, whatever it is. */
function sum(args: Arguments): JsonValue {
  const [first, ...rest] = args.list(0);
  if (first === undefined) throw new ArgumentFault('at least one element in the array is required');
  return rest.reduce(
    (total: JsonValue, item) => add(...operands(new Arguments([total, item]))),
    first,
  );
}
