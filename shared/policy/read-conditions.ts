import type { JsonValue } from '../base/json-value.ts';
import type { Condition, ConditionBlock, Conditions } from '../condition/condition.ts';
import {
  CONDITION_OPERATORS,
  type ConditionOperator,
  operatorReplacement,
} from '../condition/operator/condition-operator.ts';
import { READER_RULES } from './fault-rules.ts';
import { type Fields, oneOf, quote } from './fields.ts';
import { closestWord } from './suggestion.ts';
import { reportVariableFaults } from './variable-faults.ts';

/** What an empty `any` means: that nothing holds, or nothing at all. */
type EmptyAny = 'never' | 'nothing';

/**
 * Reads conditions: `preconditions`, `deny.conditions`, `conditions` of attestations and exceptions.
 * Either a block with `any` and `all`, or a list of such blocks, or the deprecated plain list, all of
 * which must hold. Undefined where the field is not there. What is wrong is a fault; a rule with one is
 * not used.
 * @param emptyAny `nothing` for attestations, of whose conditions Kyverno 1.19 loses it.
 */
export function readConditions(
  owner: Fields,
  key: string,
  emptyAny: EmptyAny = 'never',
): Conditions | undefined {
  const value = owner.json(key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    const block = owner.object(key);
    return block === undefined ? [] : [readBlock(block, emptyAny)];
  }
  const items = owner.objects(key);
  const blocks = items.filter(isBlock);
  if (blocks.length === items.length) return blocks.map((block) => readBlock(block, emptyAny));
  if (blocks.length > 0)
    owner.fault('error', 'found blocks and conditions in one list, expected one of both', key);
  else
    owner.fault(READER_RULES.deprecated, 'a plain list is deprecated, write it below "all"', key);
  return [{ path: owner.at(key), any: undefined, all: readList(items) }];
}

function isBlock(fields: Fields): boolean {
  return fields.keys().every((key) => key === 'any' || key === 'all');
}

function readBlock(fields: Fields, emptyAny: EmptyAny): ConditionBlock {
  const isEmpty = isEmptyList(fields.json('any'));
  const isGiven = fields.has('any') && !(isEmpty && emptyAny === 'nothing');
  const any = isGiven ? readList(fields.objects('any')) : undefined;
  const all = readList(fields.objects('all'));
  if (any === undefined && !fields.has('all'))
    fields.fault('warning', 'says nothing, so it always holds; expected "any" or "all"');
  else if (isEmpty) fields.fault('warning', EMPTY_ANY[emptyAny], 'any');
  fields.end();
  return { path: fields.path, any, all };
}

const EMPTY_ANY: Readonly<Record<EmptyAny, string>> = {
  never: 'none of no conditions holds, so this never does',
  nothing: 'is empty and says nothing: "all" decides',
};

function isEmptyList(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}

function readList(items: readonly Fields[]): readonly Condition[] {
  return items.flatMap((fields) => readCondition(fields) ?? []);
}

function readCondition(fields: Fields): Condition | undefined {
  const key = fields.json('key');
  const value = fields.json('value');
  const operator = readOperator(fields);
  const message = fields.string('message') ?? '';
  fields.end();
  for (const name of ['key', 'value', 'message'] as const) reportVariableFaults(fields, name);
  for (const [name, side] of [
    ['key', key],
    ['value', value],
  ] as const)
    if (side === undefined) fields.fault('error', 'missing, expected what is compared', name);
  if (key === undefined || value === undefined || operator === undefined) return undefined;
  if (typeof key === 'string' && key.replaceAll(' ', '') === '{{request.operation}}')
    checkOperations(fields, value);
  return { path: fields.path, key, operator, value, message };
}

function readOperator(fields: Fields): ConditionOperator | undefined {
  const word = fields.string('operator');
  if (word === undefined) {
    if (!fields.has('operator'))
      fields.fault('error', `missing, expected ${oneOf(CURRENT_OPERATORS)}`, 'operator');
    return undefined;
  }
  const operator = CONDITION_OPERATORS.find((known) => known === word);
  if (operator === undefined) {
    const meant = closestWord(word, CONDITION_OPERATORS);
    const expected =
      meant === undefined
        ? `expected ${oneOf(CURRENT_OPERATORS)}`
        : `did you mean ${quote(meant)}?`;
    fields.fault('error', `found ${quote(word)}, ${expected}`, 'operator');
    return undefined;
  }
  const replacement = operatorReplacement(operator);
  if (replacement !== undefined)
    fields.fault(READER_RULES.deprecated, `deprecated, write ${replacement} instead`, 'operator');
  return operator;
}

const CURRENT_OPERATORS = CONDITION_OPERATORS.filter(
  (operator) => operatorReplacement(operator) === undefined,
);

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** Kyverno refuses to compare the operation with anything that it can never be. */
function checkOperations(fields: Fields, value: JsonValue): void {
  const words: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  for (const word of words) {
    const isKnown = OPERATIONS.some((operation) => operation === word);
    if (isKnown || (typeof word === 'string' && /^\{\{.*\}\}$/.test(word))) continue;
    fields.fault('error', `found ${JSON.stringify(word)}, expected ${oneOf(OPERATIONS)}`, 'value');
  }
}
