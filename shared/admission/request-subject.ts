import { type JsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import { stringMap } from '../base/string-map.ts';
import { EvaluationBudget } from '../condition/evaluation-budget.ts';
import type { Labels } from '../policy/label-selector.ts';
import type { MatchSubject } from '../policy/match.ts';
import type { Operation } from '../policy/model.ts';
import type { MatchUser, UserRoles } from '../policy/user-match.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Fact, KnownFacts } from './request-facts.ts';

/** Notes which facts were asked for and are not known. */
export class FactSheet {
  readonly missing: Set<Fact> = new Set();
  readonly #known: KnownFacts;

  constructor(known: KnownFacts) {
    this.#known = known;
  }

  get namespaceLabels(): Labels | undefined {
    if (this.#known.namespaceLabels === undefined) this.missing.add('namespaceLabels');
    return this.#known.namespaceLabels;
  }

  get roles(): UserRoles | undefined {
    if (this.#known.roles === undefined) this.missing.add('roles');
    return this.#known.roles;
  }
}

/** The request as rules see it. Few select by labels, annotations, namespace or user: those are read when one does. */
export class RequestSubject implements MatchSubject {
  readonly operation: Operation;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For all policies together: where it is used up the request cannot be judged, whatever one of them says. */
  readonly budget: EvaluationBudget = new EvaluationBudget();
  #labels: Labels | undefined;
  #annotations: Readonly<Record<string, string>> | undefined;
  readonly #request: AdmissionRequest;
  readonly #metadata: JsonValue | undefined;
  readonly #facts: FactSheet;

  constructor(request: AdmissionRequest, object: JsonObject | undefined, facts: FactSheet) {
    this.#request = request;
    this.#metadata = member(object, 'metadata');
    this.#facts = facts;
    this.operation = request.operation;
    this.group = request.group;
    this.version = request.version;
    this.kind = request.kind;
    this.subresource = request.subresource;
    this.namespace = request.namespace;
    this.name = request.name === '' ? this.#ownName() : request.name;
  }

  get labels(): Labels {
    return (this.#labels ??= stringMap(this.#metadata, 'labels'));
  }

  get annotations(): Readonly<Record<string, string>> {
    return (this.#annotations ??= stringMap(this.#metadata, 'annotations'));
  }

  get namespaceLabels(): Labels | undefined {
    return this.namespace === '' ? {} : this.#facts.namespaceLabels;
  }

  get user(): MatchUser | undefined {
    const { userInfo } = this.#request;
    if (userInfo === undefined) return undefined;
    const facts = this.#facts;
    const { username, groups } = userInfo;
    return {
      username,
      groups,
      get roles() {
        return facts.roles;
      },
    };
  }

  #ownName(): string {
    return stringAt(this.#metadata, 'name') ?? stringAt(this.#metadata, 'generateName') ?? '';
  }
}
