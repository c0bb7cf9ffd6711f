import { type DeclaredPolicy, findPolicy, hasRule, ruleNames } from './declared-policy.ts';
import { type Finding, findingsOf } from './findings.ts';
import { foreignPart } from './foreign-part.ts';
import type { ObjectDecision } from './object-decision.ts';
import type { LoadedSuite } from './load-suite.ts';
import type { Row } from './row.ts';
import { nameOf, resourceName } from './select-objects.ts';
import { type Selector, isSelectedObject } from './selector.ts';
import type { Expectation } from './suite.ts';
import { objectsOf } from './tested-objects.ts';

/** What a suite says, and what was found. */
export interface Checked {
  readonly loaded: LoadedSuite;
  /** By the keys of the objects. */
  readonly decisions: ReadonlyMap<string, ObjectDecision>;
}

/** Holds one expectation against what was found: a row for each object and rule. */
export function checkExpectation(
  expectation: Expectation,
  { loaded, decisions }: Checked,
  selector: Selector,
): readonly Row[] {
  const foreign = foreignPart(expectation, loaded);
  const others = foreign === undefined ? [] : [leftOut(expectation, foreign.what)];
  if (foreign?.isAll === true) return others;
  const policy = findPolicy(loaded.declared, expectation.policy);
  if (policy === undefined)
    return [misnamed(expectation, `no policy of this name in ${quoted(loaded.suite.policies)}`)];
  if (!hasRule(policy, expectation.rule))
    return [misnamed(expectation, `policy "${policy.name}" has no rule of this name`)];
  const { objects, unknown } = objectsOf(expectation, loaded);
  return [
    ...others,
    ...unknown.map((name) => ({
      ...misnamed(expectation, `no object of this name in ${quoted(loaded.suite.resources)}`),
      resource: name,
    })),
    ...objects
      .filter(({ request }) => isSelectedObject(selector, request.namespace, nameOf(request)))
      .flatMap(({ key }) => decisions.get(key) ?? [])
      .flatMap((object) => rowsOfObject(expectation, { loaded, policy, object })),
  ];
}

interface ObjectContext {
  readonly loaded: LoadedSuite;
  readonly policy: DeclaredPolicy;
  readonly object: ObjectDecision;
}

function rowsOfObject(
  expectation: Expectation,
  { loaded, policy, object }: ObjectContext,
): readonly Row[] {
  const compiled = loaded.policies.find(
    ({ name, namespace }) => name === policy.name && namespace === policy.namespace,
  );
  const findings = findingsOf(object.decision, compiled).filter(
    ({ rule }) => expectation.rule === undefined || ruleNames(expectation.rule).includes(rule),
  );
  const base = { ...rowBase(expectation), resource: resourceName(object) };
  if (findings.length === 0) return [excluded(base)];
  return findings.map((finding) => {
    const row = judged(base, finding);
    if (row.status !== 'passed' || expectation.patchedResources === undefined) return row;
    const difference = loaded.patched.difference(expectation, object);
    return difference === undefined ? row : { ...row, status: 'failed', ...difference };
  });
}

type RowBase = Pick<Row, 'policy' | 'rule' | 'resource' | 'expected'>;

function rowBase({ policy, rule, resources, result }: Expectation): RowBase {
  return { policy, rule: rule ?? '*', resource: resources.join(', ') || '*', expected: result };
}

function judged(base: RowBase, { rule, result, lines }: Finding): Row {
  const row = { ...base, rule, found: result, lines };
  if (result === base.expected) return { ...row, status: 'passed', reason: 'as expected' };
  const reason = `want ${base.expected}, got ${result}`;
  return { ...row, status: result === 'error' ? 'undecided' : 'failed', reason };
}

/** A rule that says nothing of an object is a skip; Kyverno takes it for whatever was expected. */
function excluded(base: RowBase): Row {
  const row = { ...base, found: 'skip' as const };
  const lines = ['the rule does not apply to this object, or to none of its images'];
  if (base.expected === 'skip') return { ...row, status: 'passed', reason: 'excluded', lines };
  return { ...row, status: 'failed', reason: `want ${base.expected}, got excluded`, lines };
}

function misnamed(expectation: Expectation, why: string): Row {
  const base = rowBase(expectation);
  return { ...base, found: undefined, status: 'failed', reason: 'not found', lines: [why] };
}

function leftOut(expectation: Expectation, why: string): Row {
  const lines = [`${why} are not about image signatures, and are left to other engines`];
  const base = rowBase(expectation);
  return { ...base, found: undefined, status: 'not handled', reason: 'not handled here', lines };
}

function quoted(paths: readonly string[]): string {
  return paths.map((path) => `"${path}"`).join(', ') || 'the suite';
}
