import type { Fault } from '../base/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json-value.ts';
import { Fields } from './fields.ts';
import type { EntryTemplate, VerifyImagesEntry } from './model.ts';
import { readEntry } from './read-entry.ts';
import { findText, VARIABLE } from './variables.ts';

/** The entries of a rule as they are for one request, or why there are none. */
export type FilledEntries =
  { readonly entries: readonly VerifyImagesEntry[] } | { readonly faults: readonly Fault[] };

/**
 * The part of `verifyImages` whose variables are replaced before any image is looked at; undefined where it
 * holds none. Conditions are not in it: they are about attestations, which are found later. Neither is the
 * action of an entry, which is the rule's.
 */
export function entryTemplate(
  rule: Fields,
  policyNamespace: string | undefined,
): EntryTemplate | undefined {
  const written = rule.json('verifyImages');
  if (!Array.isArray(written)) return undefined;
  const entries = (written as readonly JsonValue[]).map(replaceablePart);
  if (findText(entries, '', VARIABLE).length === 0) return undefined;
  return { path: rule.path, entries, policyNamespace };
}

/** Reads entries whose variables were replaced; what they say beside them is taken from `original`. */
export function readFilledEntries(
  { path, policyNamespace }: EntryTemplate,
  filled: JsonValue,
  original: readonly VerifyImagesEntry[],
): FilledEntries {
  const faults: Fault[] = [];
  const rule = new Fields({ verifyImages: filled }, path, faults);
  const entries = rule.objects('verifyImages').map((fields) => readEntry(fields, policyNamespace));
  const broken = faults.filter(({ severity }) => severity !== 'warning');
  return broken.length > 0 ? { faults: broken } : { entries: withConditions(entries, original) };
}

function replaceablePart(entry: JsonValue): JsonValue {
  if (!isJsonObject(entry)) return entry;
  const { validate: _validate, failureAction: _action, attestations, ...rest } = entry;
  if (!Array.isArray(attestations)) return rest;
  return { ...rest, attestations: (attestations as readonly JsonValue[]).map(bareAttestation) };
}

function bareAttestation(attestation: JsonValue): JsonValue {
  if (!isJsonObject(attestation)) return attestation;
  const { conditions: _conditions, ...rest }: JsonObject = attestation;
  return rest;
}

/** Paths of fields stay the same, whatever their variables stand for. */
function withConditions(
  entries: readonly VerifyImagesEntry[],
  original: readonly VerifyImagesEntry[],
): readonly VerifyImagesEntry[] {
  const denials = new Map(original.map(({ path, deny }) => [path, deny]));
  const conditions = new Map(
    original
      .flatMap(({ attestations = [] }) => attestations)
      .map((requirement) => [requirement.path, requirement.conditions]),
  );
  return entries.map(({ attestations, ...entry }) => ({
    ...entry,
    deny: denials.get(entry.path),
    ...(attestations === undefined
      ? {}
      : {
          attestations: attestations.map((requirement) => ({
            ...requirement,
            conditions: conditions.get(requirement.path),
          })),
        }),
  }));
}
