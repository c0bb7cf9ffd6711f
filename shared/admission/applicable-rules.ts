import {
  type JsonObject,
  type JsonValue,
  isJsonObject,
  member,
  stringAt,
} from '../base/json-value.ts';
import { effectiveMode } from '../policy/effective-mode.ts';
import { matches, type MatchSubject } from '../policy/match.ts';
import type { Mode, Policy, Rule } from '../policy/model.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** A rule that a request is subject to, with the mode it has there. */
export interface ApplicableRule<RuleType extends Rule = Rule> {
  readonly policy: Policy;
  readonly rule: RuleType;
  readonly mode: Mode;
}

/** The rules that select this request; a namespaced policy acts in its namespace only (MUST-NOT-HAPPEN 20). */
export function applicableRules(
  request: AdmissionRequest,
  policies: readonly Policy[],
): readonly ApplicableRule[] {
  const subjects = matchSubjects(request);
  return policies
    .filter(({ namespace }) => namespace === undefined || namespace === request.namespace)
    .flatMap((policy) =>
      policy.rules
        .filter((rule) => subjects.some((subject) => matches(rule.selection, subject)))
        .map((rule) => ({ policy, rule, mode: effectiveMode(rule.action, request.namespace) })),
    );
}

/** Kyverno: on UPDATE a rule applies if it selects the new or the old object, so no label can be shed. */
function matchSubjects(request: AdmissionRequest): readonly MatchSubject[] {
  const now = matchSubject(request, request.object);
  if (request.operation !== 'UPDATE' || request.oldObject === undefined) return [now];
  return [now, matchSubject(request, request.oldObject)];
}

function matchSubject(
  { group, version, kind, subresource, namespace, operation, name }: AdmissionRequest,
  object: JsonObject | undefined,
): MatchSubject {
  const metadata = member(object, 'metadata');
  return {
    group,
    version,
    kind,
    subresource,
    namespace,
    operation,
    name:
      name === '' ? (stringAt(metadata, 'name') ?? stringAt(metadata, 'generateName') ?? '') : name,
    // Few rules select by these: they are read when one does.
    get labels() {
      return stringMap(member(metadata, 'labels'));
    },
    get annotations() {
      return stringMap(member(metadata, 'annotations'));
    },
  };
}

function stringMap(value: JsonValue | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}
