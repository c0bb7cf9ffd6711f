import type { SignedSubject } from '../signer/artifact-store.ts';
import { ANNOTATION, type LegacyLayer, legacySignature } from './legacy-layer.ts';
import type { LogEntryJson, LogStep } from './logged-signature.ts';
import type { Signer } from './signer.ts';

export interface UnbundledRequest {
  readonly signer: Signer;
  readonly at: Date;
  readonly log: LogStep;
}

/** A `.sig` layer that lacks the annotation with its log entry, and the entry as the log has it. */
export function unbundledLayer(
  subject: SignedSubject,
  { signer, at, log }: UnbundledRequest,
): { readonly layer: LegacyLayer; readonly entry: LogEntryJson } {
  const logged: LogEntryJson[] = [];
  const noting: LogStep = (signed, time) => {
    const entry = log(signed, time);
    logged.push(entry);
    return entry;
  };
  const layer = legacySignature(subject, { at, logs: [noting], signer });
  const { [ANNOTATION.bundle]: _bundle, ...annotations } = layer.annotations;
  const [entry] = logged;
  if (entry === undefined) throw new TypeError('Cannot sign: the log made no entry');
  return { layer: { ...layer, annotations }, entry };
}
