/** A whole number from 0 on; `bigint` itself is CEL's int. */
export class CelUint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}
