import type { LogEntryJson, LoggedSignature, LogStep, StampStep } from './logged-signature.ts';
import type { Signer } from './signer.ts';

/** What every format has in common: who signs when, and who witnesses it. */
export interface SigningRequest {
  readonly signer: Signer;
  readonly at: Date;
  /** In the order in which the entries are listed; none unless given. */
  readonly logs?: readonly LogStep[];
  readonly timestamps?: readonly StampStep[];
}

/** Log entries and timestamps over one signature. */
export interface Witnesses {
  readonly logEntries: readonly LogEntryJson[];
  readonly timestamps: readonly Buffer[];
}

export function witness(
  signed: LoggedSignature,
  { at, logs = [], timestamps = [] }: SigningRequest,
  stamped: Buffer = signed.signature,
): Witnesses {
  return {
    logEntries: logs.map((log) => log(signed, at)),
    timestamps: timestamps.map((stamp) => stamp(stamped, at)),
  };
}
