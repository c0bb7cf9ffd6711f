/** A kind of values that only functions look into. */
export interface OpaqueKind<Payload> {
  /** Of its type. */
  readonly name: string;
  isEqual(left: Payload, right: Payload): boolean;
}

export class CelOpaque<Payload = unknown> {
  readonly kind: OpaqueKind<Payload>;
  readonly payload: Payload;

  constructor(kind: OpaqueKind<Payload>, payload: Payload) {
    this.kind = kind;
    this.payload = payload;
  }
}
