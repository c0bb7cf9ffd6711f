import { messageOf } from '../base/coded-error.ts';
import type { JsonObject } from '../base/json-value.ts';
import { ConditionError } from '../condition/condition-error.ts';
import type { Conditions } from '../condition/condition.ts';
import {
  compareConditions,
  type ConditionOutcome,
  evaluateConditions,
} from '../condition/evaluate-conditions.ts';
import type { Evaluation } from '../condition/evaluation.ts';
import { FixedScope } from '../condition/fixed-scope.ts';
import { replaceConditions } from '../condition/replace-conditions.ts';
import { PendingEntry, type Scope } from '../condition/scope.ts';
import { settle } from '../condition/settle.ts';
import type { ContextEntry } from '../policy/context-entry.ts';
import type { UserRoles } from '../policy/user-match.ts';
import { RegistryError } from '../registry/registry-error.ts';
import { registryReason } from '../verification/registry-verdict.ts';
import type { UnknownReason, Verdict } from '../verification/verdict.ts';
import type { WorkloadImage } from '../workload/images.ts';
import type { WorkloadKind } from '../workload/kinds.ts';
import { podView } from '../workload/pod-view.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { ApplicableRule } from './applicable-rules.ts';
import { ContextError } from './context/context-error.ts';
import { ContextLoader } from './context/context-loader.ts';
import type { ContextSources } from './context/context-sources.ts';
import { requestScope } from './context/request-scope.ts';

export interface SessionOptions {
  /** As the rule sees it: with the pins, where a rule judges what was pinned. */
  readonly request: AdmissionRequest;
  /** Undefined for a kind without a pod template. */
  readonly kind: WorkloadKind | undefined;
  /** All of the object, also those that did not change. */
  readonly images: readonly WorkloadImage[];
  readonly roles: UserRoles | undefined;
  readonly sources: ContextSources;
  readonly evaluation: Evaluation;
  readonly signal: AbortSignal | undefined;
}

/** Entries that one rule may fetch: those of loops are fetched for each element. */
const MAX_FETCHES = 1000;

/** All that one rule evaluates for one request: it fetches its context once, and its work is bounded as a whole. */
export class RuleSession {
  readonly evaluation: Evaluation;
  /** As it came, whatever the rule sees of it. */
  readonly request: AdmissionRequest;
  readonly #context: ContextLoader;
  /** Context of loops, by their turn. */
  readonly #loops = new Map<string, ContextLoader>();
  /** Whose entry the last run stopped at; undefined for the rule's own. */
  #asked: ContextLoader | undefined;
  readonly #signal: AbortSignal | undefined;

  constructor({ policy, rule }: ApplicableRule, options: SessionOptions) {
    const { kind, images, roles, sources, evaluation, signal } = options;
    this.evaluation = evaluation;
    this.request = options.request;
    this.#signal = signal;
    const request = rule.view === 'object' ? options.request : seenAsPod(options.request, kind);
    this.#context = new ContextLoader(
      rule.context ?? [],
      requestScope(request, { images, roles }),
      {
        ...evaluation,
        sources,
        policyNamespace: policy.namespace,
        signal,
      },
    );
  }

  /**
   * @param names what can be named beside everything that the rule knows.
   * @throws {ContextError | ConditionError} where the answer cannot be found out.
   */
  async judge(conditions: Conditions, names: JsonObject = {}): Promise<ConditionOutcome> {
    return this.evaluate((scope) =>
      evaluateConditions(conditions, new FixedScope(names, scope), this.evaluation),
    );
  }

  /**
   * As {@link judge}, with all variables replaced before anything is compared.
   * @throws as {@link judge}.
   */
  async judgeReplaced(conditions: Conditions, names: JsonObject): Promise<ConditionOutcome> {
    return this.evaluate((scope) => {
      const inside = new FixedScope(names, scope);
      const replaced = replaceConditions(conditions, inside, this.evaluation);
      return compareConditions(replaced, this.evaluation.budget);
    });
  }

  /**
   * The result of an evaluation, which is repeated while it needs entries that have not been fetched.
   * @throws as {@link judge}.
   */
  async evaluate<Result>(run: (scope: Scope) => Result): Promise<Result> {
    const runOnce = (): Result => {
      this.#asked = undefined;
      return run(this.#context.scope);
    };
    return settle(runOnce, {
      fetchEntry: async (name) => {
        const loader = this.#asked ?? this.#context;
        await loader.evaluate((scope) => scope.lookup(name));
      },
      entries: MAX_FETCHES,
      signal: this.#signal,
    });
  }

  /**
   * What can be named in one turn of a loop that declares context of its own.
   * @param turn tells the turns of all loops apart.
   */
  declare(entries: readonly ContextEntry[], below: Scope, turn: string): Scope {
    const loader = this.#loops.get(turn) ?? this.#around(turn).inside(entries, () => below);
    this.#loops.set(turn, loader);
    const { scope } = loader;
    return {
      lookup: (name) => {
        try {
          return scope.lookup(name);
        } catch (error) {
          // The innermost that lacks it is the one to fetch it.
          if (error instanceof PendingEntry) this.#asked ??= loader;
          throw error;
        }
      },
      all: () => scope.all(),
    };
  }

  /** The context of the closest loop around a turn, whose name starts with that loop's, or the rule's own. */
  #around(turn: string): ContextLoader {
    for (let end = turn.lastIndexOf(', '); end > 0; end = turn.lastIndexOf(', ', end - 1)) {
      const loader = this.#loops.get(turn.slice(0, end));
      if (loader !== undefined) return loader;
    }
    return this.#context;
  }
}

/**
 * Rules generated for workloads say `request.object.spec` and mean the template's (Kyverno rewrites their
 * text; metadata too).
 */
function seenAsPod(request: AdmissionRequest, kind: WorkloadKind | undefined): AdmissionRequest {
  if (kind === undefined) return request;
  const seen = (object: JsonObject | undefined): JsonObject | undefined =>
    object === undefined
      ? undefined
      : { ...object, metadata: {}, spec: {}, ...podView(object, kind) };
  return { ...request, object: seen(request.object), oldObject: seen(request.oldObject) };
}

/** The verdict where a rule could not be evaluated, whatever the reason. */
export function evaluationVerdict(what: string, error: unknown): Verdict {
  return {
    kind: 'error',
    ...reasonOf(error),
    message: `${what}: ${messageOf(error)}`,
    details: [],
    digest: undefined,
    retryAfterSeconds: undefined,
  };
}

function reasonOf(error: unknown): { reason: UnknownReason; transient: boolean } {
  if (error instanceof ContextError)
    // Whoever was asked may answer soon.
    return { reason: contextReason(error), transient: error.code === 'SOURCE_FAILED' };
  if (error instanceof ConditionError)
    return { reason: conditionReason(error), transient: error.code === 'LOOKUP_FAILED' };
  if (error instanceof DOMException) return { reason: 'DEADLINE_EXCEEDED', transient: true };
  return { reason: 'INTERNAL_ERROR', transient: false };
}

/** What is to be done hangs on who did not answer. */
function contextReason({ code, cause }: ContextError): UnknownReason {
  if (code !== 'SOURCE_FAILED') return 'EVALUATION_FAILED';
  const isNotThere = cause instanceof RegistryError && cause.code === 'NOT_FOUND';
  return isNotThere ? 'EVALUATION_FAILED' : (registryReason(cause) ?? 'CONTEXT_UNAVAILABLE');
}

/** Whoever writes the object can make it too expensive, so no policy's `failurePolicy` forgives that. */
function conditionReason({ code }: ConditionError): UnknownReason {
  return code === 'TOO_EXPENSIVE' ? 'EVALUATION_TOO_EXPENSIVE' : 'EVALUATION_FAILED';
}
