import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '#shared/base/coded-error.ts';
import { isJsonObject, type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import type { Kube, ResourceName } from '#shared/kube/kube.ts';
import { customKinds, type CustomKind } from '#shared/policy/custom-kinds.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { Log } from '../observe/log.ts';
import { repeat } from '../repeat.ts';
import { kindsWebhook } from './kinds-webhook.ts';

/** The configurations, each with the name of the webhook that is kept in it. */
const CONFIGURATIONS = [
  { resource: 'mutatingwebhookconfigurations', webhook: 'mutate-kinds.sign-policy.dev' },
  { resource: 'validatingwebhookconfigurations', webhook: 'validate-kinds.sign-policy.dev' },
] as const;

/** A configuration that was just installed, or was reset by somebody, is right again after this; milliseconds. */
const LOOK_INTERVAL = 10_000;

export interface KindRegistrationOptions {
  readonly kube: Kube;
  /** Name of both configurations. */
  readonly name: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. */
  readonly interval?: number;
}

/** What the policies want of the registration. */
interface Wanted {
  readonly kinds: readonly CustomKind[];
  /** The longest time that one of them gives the webhook for an answer; 0 where none says. Seconds. */
  readonly timeoutSeconds: number;
}

/**
 * Keeps the webhook registered for the kinds that policies judge beside those with a pod template, whose
 * registration is part of the installation, and with the time for an answer that policies ask for: as in
 * Kyverno the longest counts for all. It is only ever raised, since an administrator may want more. Every
 * replica does: all come to the same, so only the first one has something to write.
 */
export class KindRegistration {
  readonly #options: KindRegistrationOptions;
  #wanted: Wanted | undefined;
  #isSettled = false;
  #work: Promise<void> = Promise.resolve();
  #problem: string | undefined;

  constructor(options: KindRegistrationOptions) {
    this.#options = options;
    const { interval = LOOK_INTERVAL, signal } = options;
    // Errors are kept by look() itself.
    repeat(() => this.#queue(), { interval, signal, onError: () => undefined });
  }

  /** Takes the policies that are in force; never throws and never waits. */
  take(policies: readonly Policy[]): void {
    const timeoutSeconds = Math.max(0, ...policies.map((policy) => policy.timeoutSeconds ?? 0));
    const wanted = { kinds: customKinds(policies), timeoutSeconds };
    if (isDeepStrictEqual(wanted, this.#wanted)) return;
    this.#wanted = wanted;
    this.#isSettled = false;
    void this.#queue();
  }

  /** Why kinds are not registered, for people. */
  problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  #queue(): Promise<void> {
    this.#work = this.#work.then(() => this.#look());
    return this.#work;
  }

  async #look(): Promise<void> {
    const { signal, log } = this.#options;
    const wanted = this.#wanted;
    // Where nothing is to be registered, and nothing is, there is nothing to look after.
    if (wanted === undefined || signal.aborted || (this.#isSettled && isNothing(wanted))) return;
    try {
      for (const configuration of CONFIGURATIONS) {
        await this.#settle(configuration, wanted).catch(async (error: unknown) => {
          // Another replica was first, and most likely wrote the same.
          if (!(error instanceof KubeError) || error.code !== 'CONFLICT') throw error;
          await this.#settle(configuration, wanted);
        });
      }
      // Others may have come meanwhile.
      this.#isSettled = wanted === this.#wanted;
      this.#problem = undefined;
    } catch (error) {
      const kinds = namesOf(wanted);
      const problem = `the webhook is not registered for ${kinds || 'the right kinds'}: ${messageOf(error)}`;
      if (problem !== this.#problem) log.error({ reason: messageOf(error) }, problem);
      this.#problem = problem;
    }
  }

  async #settle(
    { resource, webhook }: (typeof CONFIGURATIONS)[number],
    { kinds, timeoutSeconds }: Wanted,
  ): Promise<void> {
    const { kube, name, log } = this.#options;
    const place: ResourceName = {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource,
      name,
    };
    const configuration = await kube.get(place);
    const webhooks = webhooksOf(configuration);
    const others = webhooks
      .filter((each) => stringAt(each, 'name') !== webhook)
      .map((each) => givenTime(each, timeoutSeconds));
    const [model] = others;
    // Not installed yet.
    if (configuration === undefined || model === undefined) return;
    const next = kinds.length === 0 ? others : [...others, madeLike(model, webhook, kinds)];
    if (isDeepStrictEqual(webhooks, next)) return;
    // With the version that was read: what somebody else writes at the same moment is not lost.
    const resourceVersion = stringAt(configuration, 'metadata', 'resourceVersion');
    const metadata = resourceVersion === undefined ? {} : { metadata: { resourceVersion } };
    await kube.mergePatch(place, { ...metadata, webhooks: next });
    log.info({ kinds: kinds.map(({ kind }) => kind), timeoutSeconds }, `registered in ${resource}`);
  }
}

function isNothing({ kinds, timeoutSeconds }: Wanted): boolean {
  return kinds.length === 0 && timeoutSeconds === 0;
}

function namesOf({ kinds }: Wanted): string {
  return [...new Set(kinds.map(({ kind }) => kind))].join(', ');
}

/** What Kubernetes assumes; seconds. */
const USUAL_TIMEOUT = 10;

function givenTime(webhook: JsonObject, wanted: number): JsonObject {
  const given = member(webhook, 'timeoutSeconds');
  const seconds = typeof given === 'number' ? given : USUAL_TIMEOUT;
  return wanted > seconds ? { ...webhook, timeoutSeconds: wanted } : webhook;
}

/** The installed webhook in all but what it is called for. */
function madeLike(model: JsonObject, name: string, kinds: readonly CustomKind[]): JsonObject {
  return { ...model, name, ...kindsWebhook(kinds) };
}

function webhooksOf(configuration: unknown): readonly JsonObject[] {
  const webhooks = member(configuration, 'webhooks');
  return Array.isArray(webhooks) ? webhooks.filter((webhook) => isJsonObject(webhook)) : [];
}
