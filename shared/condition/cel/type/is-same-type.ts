import { type CelType, DYN } from './cel-type.ts';

/** Whether two types are the same, parameters too. */
export function isSameType(left: CelType, right: CelType): boolean {
  return (
    left === right ||
    (left.kind === right.kind &&
      left.name === right.name &&
      left.params.length === right.params.length &&
      left.params.every((param, index) => isSameType(param, right.params[index] ?? DYN)))
  );
}
