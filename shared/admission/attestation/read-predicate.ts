import { isJsonObject, type JsonValue, member } from '../../base/json-value.ts';
import type { VerifiedStatement } from '../../verification/verdict.ts';

/** cosign's predicate for text of any kind: `Data` holds it. */
const CUSTOM_PREDICATE = 'https://cosign.sigstore.dev/attestation/v1';

/** What a statement says, as conditions see it. */
export function readPredicate({ predicateType, predicate }: VerifiedStatement): JsonValue {
  const data = member(predicate, 'Data');
  if (predicateType !== CUSTOM_PREDICATE || !isJsonObject(predicate) || typeof data !== 'string')
    return predicate;
  return { ...predicate, Data: parsedOr(data) };
}

/** What is no JSON stays text. */
function parsedOr(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
