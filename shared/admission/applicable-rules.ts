import {
  type JsonObject,
  type JsonValue,
  isJsonObject,
  member,
  stringAt,
} from '../base/json-value.ts';
import { effectiveMode } from '../policy/effective-mode.ts';
import { matches, type MatchSubject } from '../policy/match.ts';
import type { Mode, Operation, Policy, Rule } from '../policy/model.ts';
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
  const now = new RequestSubject(request, request.object);
  if (request.operation !== 'UPDATE' || request.oldObject === undefined) return [now];
  return [now, new RequestSubject(request, request.oldObject)];
}

/** Few rules select by labels or annotations: they are read when one does. */
class RequestSubject implements MatchSubject {
  readonly operation: Operation;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly #metadata: JsonValue | undefined;

  constructor(request: AdmissionRequest, object: JsonObject | undefined) {
    this.#metadata = member(object, 'metadata');
    this.operation = request.operation;
    this.group = request.group;
    this.version = request.version;
    this.kind = request.kind;
    this.subresource = request.subresource;
    this.namespace = request.namespace;
    this.name = request.name === '' ? this.#ownName() : request.name;
  }

  get labels(): Readonly<Record<string, string>> {
    return stringMap(member(this.#metadata, 'labels'));
  }

  get annotations(): Readonly<Record<string, string>> {
    return stringMap(member(this.#metadata, 'annotations'));
  }

  #ownName(): string {
    return stringAt(this.#metadata, 'name') ?? stringAt(this.#metadata, 'generateName') ?? '';
  }
}

function stringMap(value: JsonValue | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}
