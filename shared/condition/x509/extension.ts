import { DER_TAG, type DerElement } from '../../base/der.ts';
import { expectTag } from '../../base/der-values.ts';
import type { JsonObject } from '../../base/json-value.ts';
import { DerCursor } from './der-cursor.ts';
import { readArcs, readBoolean } from './der-values.ts';

/** An extension of a certificate or of a request for one. */
export interface Extension {
  readonly arcs: readonly number[];
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Buffer;
}

/** @throws {DerError | X509Error} */
export function readExtension(element: DerElement): Extension {
  const cursor = new DerCursor(expectTag(element, DER_TAG.sequence).contents);
  const arcs = readArcs(cursor.take(DER_TAG.oid));
  const critical = cursor.takeIf(DER_TAG.boolean);
  return {
    arcs,
    oid: arcs.join('.'),
    isCritical: critical !== undefined && readBoolean(critical),
    value: cursor.take(DER_TAG.octetString).contents,
  };
}

/** As `pkix.Extension` has it in JSON. */
export function extensionJson({ arcs, isCritical, value }: Extension): JsonObject {
  return { Id: arcs, Critical: isCritical, Value: value.toString('base64') };
}
