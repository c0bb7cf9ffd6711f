import type { CelType } from '../type/cel-type.ts';
import { formatType } from '../type/format-type.ts';
import { isSameType } from '../type/is-same-type.ts';
import type { Typing } from './typing.ts';
import { unsupported } from './unsupported.ts';

/**
 * Kubernetes wants the elements of a list, the keys of a map and its values to be of one type; not only of types that
 * fit together, so that `[object.a, 1]` is none.
 */
export function checkAlike(types: readonly CelType[], typing: Typing): void {
  typing.later(() => {
    const [first, ...others] = types.map((type) => typing.final(type));
    if (first === undefined) return;
    const other = others.find((type) => !isSameType(type, first));
    if (other !== undefined)
      throw unsupported(`expected type '${formatType(first)}' but found '${formatType(other)}'`);
  });
}
