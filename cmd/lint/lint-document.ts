import type { Fault } from '#shared/base/fault.ts';
import { isJsonObject, type JsonObject, stringAt } from '#shared/base/json-value.ts';
import type { SourceDocument } from '#shared/document/parse-documents.ts';
import { isForeignException } from '#shared/policy/read-exception.ts';
import { writtenRules } from '#shared/policy/written-policy.ts';
import { type Written, writtenAt } from '#shared/policy/written.ts';
import type { PolicyDocument } from '../file/load-policies.ts';
import { GENERAL } from './catalogue.ts';
import { DANGERS } from './dangers.ts';
import { DIFFERENCES } from './differences.ts';
import { EXCEPTION_RULES } from './exception-rules.ts';
import type { Finding, LintedDocument, State } from './finding.ts';
import { UPDATES } from './updates.ts';

/** Everything there is to say about one document of a policy file. */
export function lintDocument(policy: PolicyDocument): LintedDocument {
  const { document } = policy;
  const faults = faultsOf(policy);
  const isPolicy = policy.read !== undefined || policy.excepted !== undefined;
  const isOurs = isPolicy && !isForeignKind(policy);
  const faulty = new Set(faults.filter(isError).map(({ path }) => path));
  const findings = [
    ...faults.flatMap((fault) => findingOf(document, fault) ?? []),
    // A doubt about what is an error already says nothing new.
    ...(isOurs ? findingsOf(document) : []).filter(
      ({ severity, path }) => severity !== 'warning' || !faulty.has(path),
    ),
  ].sort(byPlace);
  const state = isOurs ? stateOf(findings, policy) : 'foreign';
  return {
    origin: document.origin,
    line: document.line,
    name: nameOf(document),
    isPolicy,
    state,
    foreignRules: isOurs ? faults.filter(isForeign).length : 0,
    // Nobody is kept from anything by rules that are none of ours.
    findings:
      state === 'foreign' ? findings.filter(({ severity }) => severity === 'note') : findings,
  };
}

/** What Kyverno refuses is told as that, and not as something that it would take. */
function faultsOf({ read, excepted, refusals }: PolicyDocument): readonly Fault[] {
  const refused = new Set(refusals.map(({ path }) => path));
  return [
    ...(read?.faults ?? []).filter(
      ({ severity, path }) => severity !== 'unsupported' || !refused.has(path),
    ),
    ...(excepted?.faults ?? []),
    ...refusals,
  ];
}

const RULES = [...DANGERS, ...DIFFERENCES, ...EXCEPTION_RULES, ...UPDATES];

function findingsOf(document: SourceDocument): readonly Finding[] {
  const { value } = document;
  if (!isJsonObject(value)) return [];
  const policy: Written = { value, path: '' };
  const rules = writtenRules(value);
  return writtenAt(policy, 'spec').flatMap((spec) =>
    RULES.flatMap(({ id, severity, find }) =>
      find({ document: value, policy, spec, rules }).map(([path, message]) => ({
        rule: id,
        severity,
        path,
        message,
        ...document.locate(path),
      })),
    ),
  );
}

function findingOf(document: SourceDocument, fault: Fault): Finding | undefined {
  const { severity, path, message } = fault;
  if (severity === 'foreign') return undefined;
  return {
    rule: fault.rule ?? GENERAL[severity].id,
    severity,
    path,
    message,
    ...document.locate(path),
  };
}

function isError({ severity }: Fault): boolean {
  return severity === 'error';
}

function isForeign({ severity }: Fault): boolean {
  return severity === 'foreign';
}

/** A document that is left to other engines as a whole. */
function isForeignKind({ read, excepted }: PolicyDocument): boolean {
  if (excepted !== undefined) return isForeignException(excepted);
  if (read === undefined || read.policy !== undefined) return false;
  return read.faults.length > 0 && read.faults.every(isForeign);
}

/** What is decided differently has rules of its own, and what is not supported never passes. */
function stateOf(findings: readonly Finding[], { read, excepted }: PolicyDocument): State {
  const isUsable = read?.policy !== undefined || excepted?.exception !== undefined;
  if (!isUsable || findings.some(({ severity }) => severity === 'error')) return 'refused';
  if (read?.policy?.rules.length === 0) return 'foreign';
  const differs = findings.some(
    ({ rule, severity }) => severity === 'unsupported' || rule.startsWith('SP3'),
  );
  return differs ? 'differs' : 'runs';
}

function byPlace(one: Finding, other: Finding): number {
  return one.line - other.line || one.column - other.column || one.rule.localeCompare(other.rule);
}

function nameOf({ value }: SourceDocument): string {
  const kind = stringAt(value, 'kind');
  if (!isJsonObject(value) || kind === undefined) return 'no object';
  return `${kind}/${placed(value)}`;
}

function placed(value: JsonObject): string {
  const name = stringAt(value, 'metadata', 'name') ?? '';
  const namespace = stringAt(value, 'metadata', 'namespace');
  return namespace === undefined ? name : `${namespace}/${name}`;
}
