import type { Fault } from '#shared/base/fault.ts';
import { isJsonObject, type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { type SourceDocument, parseDocuments } from '#shared/document/parse-documents.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';
import {
  isForeignException,
  type ReadException,
  readException,
} from '#shared/policy/read-exception.ts';
import { type ReadPolicy, readPolicy } from '#shared/policy/read-policy.ts';
import { findRefusals } from '#shared/policy/refusals.ts';
import { InputError } from '../input-error.ts';
import { placePolicy } from '../policy/place-policy.ts';
import { plural } from '../print/plural.ts';
import { describeFault } from './describe-fault.ts';
import type { InputText } from './read-inputs.ts';

/** Policies that can be used as they are, and what their authors should know. */
export interface LoadedPolicies {
  readonly policies: readonly Policy[];
  /** The documents they were read from, in the same order. */
  readonly documents: readonly SourceDocument[];
  /** PolicyExceptions among them. */
  readonly exceptions: readonly PolicyException[];
  readonly warnings: readonly string[];
}

/** A document of a policy file with what was made of it; both are undefined where it is neither. */
export interface PolicyDocument {
  readonly document: SourceDocument;
  readonly read: ReadPolicy | undefined;
  readonly excepted: ReadException | undefined;
  /** Why Kyverno would refuse to create it. */
  readonly refusals: readonly Fault[];
}

/** Every document of the given texts. Namespaced policies that name no namespace are placed in `namespace`. */
export function readPolicyDocuments(
  inputs: readonly InputText[],
  namespace: string,
): readonly PolicyDocument[] {
  const documents = inputs.flatMap(({ text, origin }) => parseDocuments(text, origin));
  return documents.map((document) => {
    const { value } = document;
    if (!isJsonObject(value))
      return { document, read: undefined, excepted: undefined, refusals: [] };
    const placed = placePolicy(value, namespace);
    const excepted = readException(placed);
    const read = excepted === undefined ? readPolicy(placed) : undefined;
    return { document, excepted, read, refusals: refusalsBeside(read, value) };
  });
}

/** What has an error of its own already is not told twice. */
function refusalsBeside(read: ReadPolicy | undefined, value: JsonObject): readonly Fault[] {
  const told = (read?.faults ?? []).filter(({ severity }) => severity === 'error');
  return findRefusals(value).filter(({ path }) => !told.some((fault) => fault.path === path));
}

/**
 * Reads every policy of the given texts; all faults of all files are told at once. Namespaced policies that
 * name no namespace are taken to be in `namespace`. What Kyverno would refuse to create is told as `refused`
 * says: an error where its answer is asked for, else a warning.
 * @throws {InputError} if one cannot be used, or if there is none at all (MUST-NOT-HAPPEN 5).
 */
export function loadPolicies(
  inputs: readonly InputText[],
  namespace = 'default',
  refused: 'error' | 'warning' = 'warning',
): LoadedPolicies {
  const policies: Policy[] = [];
  const documents: SourceDocument[] = [];
  const all = readPolicyDocuments(inputs, namespace);
  const { exceptions, errors, warnings } = exceptionsOf(all);
  for (const { document, read, refusals } of all.filter(({ excepted }) => excepted === undefined)) {
    if (read === undefined) {
      warnings.push(...notAPolicy(document));
      continue;
    }
    const isUsable = read.policy !== undefined;
    const told = read.faults.filter((fault) => isTold(fault, isUsable));
    const [bad, lesser] = partition(
      told,
      ({ severity }) => !isUsable && severity !== 'warning' && severity !== 'foreign',
    );
    errors.push(...bad.map((fault) => describeFault(document, fault)));
    warnings.push(...lesser.map((fault) => describeFault(document, fault)));
    const list = refused === 'error' ? errors : warnings;
    list.push(...refusals.map((fault) => describeFault(document, fault)));
    if (read.policy === undefined) continue;
    policies.push(read.policy);
    documents.push(document);
  }
  refuseFaulty(errors);
  if (policies.length === 0) {
    const origins = inputs.map(({ origin }) => `"${origin}"`).join(', ');
    throw new InputError('POLICY', `Cannot find a policy in ${origins}`);
  }
  return { policies, documents, exceptions, warnings };
}

/** The exceptions among documents, and what is wrong with them. */
function exceptionsOf(documents: readonly PolicyDocument[]): {
  readonly exceptions: readonly PolicyException[];
  readonly errors: string[];
  readonly warnings: string[];
} {
  const read = documents.flatMap(({ document, excepted }) =>
    excepted === undefined
      ? []
      : [
          {
            exception: excepted.exception,
            isFaulty: excepted.exception === undefined && !isForeignException(excepted),
            told: excepted.faults.map((fault) => describeFault(document, fault)),
          },
        ],
  );
  return {
    exceptions: read.flatMap(({ exception }) => exception ?? []),
    errors: read.flatMap(({ isFaulty, told }) => (isFaulty ? told : [])),
    warnings: read.flatMap(({ isFaulty, told }) => (isFaulty ? [] : told)),
  };
}

/** Rules for other engines are none of the author's concern here, unless nothing else is left. */
function isTold({ severity }: Fault, isUsable: boolean): boolean {
  return severity !== 'foreign' || !isUsable;
}

function notAPolicy(document: SourceDocument): readonly string[] {
  const kind = stringAt(document.value, 'kind');
  if (kind === 'Kustomization') return [];
  const what = kind === undefined ? 'no Kubernetes object' : `a ${kind}`;
  return [`${document.origin}:${document.line}: not used as a policy: ${what}`];
}

/** @throws {InputError} with all of them, if there is any. */
export function refuseFaulty(errors: readonly string[]): void {
  if (errors.length === 0) return;
  const list = errors.map((error) => `  ${error}`).join('\n');
  throw new InputError(
    'POLICY',
    `Cannot use the policies: ${plural(errors.length, 'fault')}\n${list}`,
  );
}

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): readonly [readonly Item[], readonly Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
