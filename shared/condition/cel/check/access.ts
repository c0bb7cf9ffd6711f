import { ConditionError } from '../../condition-error.ts';
import { CelMap } from '../value/cel-map.ts';
import { type CelList, type CelValue, isCelList } from '../value/cel-value.ts';
import { CelOptional, NONE } from '../value/cel-optional.ts';
import { CelUint } from '../value/cel-uint.ts';
import { typeNameOf } from '../value/type-name-of.ts';

/**
 * What a value has at a key or place. Once a value is optional, so is all below it.
 * @throws {ConditionError} UNRESOLVED_VARIABLE where it is not there, and need be; INVALID_ARGUMENT for a key that
 * none can be.
 */
export function access(value: CelValue, key: CelValue, isOptional: boolean): CelValue {
  if (value instanceof CelOptional) {
    const found = value.value === undefined ? undefined : find(value.value, key);
    return found === undefined ? NONE : new CelOptional(found);
  }
  const found = find(value, key);
  if (isOptional) return found === undefined ? NONE : new CelOptional(found);
  if (found !== undefined) return found;
  throw new ConditionError('UNRESOLVED_VARIABLE', `No such key: ${describe(key)}`);
}

/** Whether a value has a field. */
export function isPresent(value: CelValue, field: string): boolean {
  if (value instanceof CelOptional)
    return value.value !== undefined && find(value.value, field) !== undefined;
  return find(value, field) !== undefined;
}

function find(value: CelValue, key: CelValue): CelValue | undefined {
  if (isCelList(value)) return value[placeIn(value, key)];
  if (!isKey(key)) throw new ConditionError('INVALID_ARGUMENT', 'invalid qualifier type');
  return value instanceof CelMap ? value.get(key) : undefined;
}

function isKey(key: CelValue): boolean {
  return ['string', 'boolean', 'bigint', 'number'].includes(typeof key) || key instanceof CelUint;
}

/** The place in a list that a number names; beyond its end where there is none. */
function placeIn(list: CelList, key: CelValue): number {
  const place = key instanceof CelUint ? key.value : key;
  if (typeof place === 'bigint' || (typeof place === 'number' && Number.isInteger(place)))
    return place >= 0 && place < list.length ? Number(place) : list.length;
  throw new ConditionError('INVALID_ARGUMENT', 'unsupported index type of a list');
}

function describe(key: CelValue): string {
  if (key instanceof CelUint) return String(key.value);
  return typeof key === 'object' ? typeNameOf(key) : String(key);
}
