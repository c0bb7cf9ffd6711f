import type { CelValue } from './cel-value.ts';

/** A value, or that there is none. */
export class CelOptional {
  readonly value: CelValue | undefined;

  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

export const NONE: CelOptional = new CelOptional(undefined);
