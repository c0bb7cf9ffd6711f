export class CelDuration {
  readonly nanoseconds: bigint;

  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** A point in time, and the offset in which it was written. */
export class CelTimestamp {
  /** Nanoseconds since 1970. */
  readonly epoch: bigint;
  /** Seconds east of UTC. */
  readonly offset: number;

  constructor(epoch: bigint, offset: number) {
    this.epoch = epoch;
    this.offset = offset;
  }
}
