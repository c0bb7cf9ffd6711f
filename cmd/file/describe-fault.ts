import { type Fault, formatFault } from '#shared/base/fault.ts';
import type { SourceDocument } from '#shared/document/parse-documents.ts';

/** `policy.yaml:12:7: spec.rules[0].name: message`, the place where an editor can jump to. */
export function describeFault(document: SourceDocument, fault: Fault): string {
  const { line, column } = document.locate(fault.path);
  return `${document.origin}:${line}:${column}: ${formatFault(fault)}`;
}
