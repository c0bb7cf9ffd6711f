import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '#shared/base/coded-error.ts';
import { isJsonObject, type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import type { Kube, ResourceName } from '#shared/kube/kube.ts';
import { customKinds, type CustomKind } from '#shared/policy/custom-kinds.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { Log } from '../observe/log.ts';
import { repeat } from '../repeat.ts';
import { acceptedKinds } from './accepted-kinds.ts';
import { fitKinds, type FittedKinds, type LeftOut } from './fit-kinds.ts';
import { kindNames } from './kind-names.ts';
import { kindsWebhook } from './kinds-webhook.ts';
import { LeftOutKinds } from './left-out-kinds.ts';

/** The configurations, each with the name of the webhook that is kept in it. */
const CONFIGURATIONS = [
  { resource: 'mutatingwebhookconfigurations', webhook: 'mutate-kinds.sign-policy.dev' },
  { resource: 'validatingwebhookconfigurations', webhook: 'validate-kinds.sign-policy.dev' },
] as const;

/** A configuration that was just installed, or was reset by somebody, is right again after this; milliseconds. */
const LOOK_INTERVAL = 10_000;

type Configuration = (typeof CONFIGURATIONS)[number];

export interface KindRegistrationOptions {
  readonly kube: Kube;
  /** Name of both configurations. */
  readonly name: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. */
  readonly interval?: number;
  /** Called when {@link KindRegistration.leftOut} has another answer. */
  readonly onChange?: () => void;
}

/** What the policies want of the registration. */
interface Wanted extends FittedKinds {
  /** The longest time that one of them gives the webhook for an answer; 0 where none says. Seconds. */
  readonly timeoutSeconds: number;
}

/** What an API server takes of what it refuses as a whole. */
interface Accepted {
  readonly of: Wanted;
  readonly kinds: readonly CustomKind[];
  /** Why not all. */
  readonly reason: string;
}

/**
 * Keeps the webhook registered for the kinds that policies judge beside those with a pod template, whose
 * registration is part of the installation, and with the time for an answer that policies ask for: as in
 * Kyverno the longest counts for all. It is only ever raised, since an administrator may want more. Every
 * replica does: all come to the same, so only the first one has something to write. What cluster-wide policies
 * name is registered whatever those of namespaces ask for.
 */
export class KindRegistration {
  readonly #options: KindRegistrationOptions;
  readonly #accepted = new Map<Configuration, Accepted>();
  #wanted: Wanted | undefined;
  #isSettled = false;
  #work: Promise<void> = Promise.resolve();
  #problem: string | undefined;
  #leftOut = new LeftOutKinds([]);

  constructor(options: KindRegistrationOptions) {
    this.#options = options;
    const { interval = LOOK_INTERVAL, signal } = options;
    // Errors are kept by look() itself.
    repeat(() => this.#queue(), { interval, signal, onError: () => undefined });
  }

  /** Takes the policies that are in force; never throws and never waits. */
  take(policies: readonly Policy[]): void {
    const timeoutSeconds = Math.max(0, ...policies.map((policy) => policy.timeoutSeconds ?? 0));
    const wanted = { ...fitKinds(customKinds(policies)), timeoutSeconds };
    if (isDeepStrictEqual(wanted, this.#wanted)) return;
    this.#wanted = wanted;
    this.#isSettled = false;
    this.#tellLeftOut(wanted);
    void this.#queue();
  }

  /** Why kinds are not registered, for people. */
  problems(): readonly string[] {
    const lines = this.#leftOut.describe();
    return this.#problem === undefined ? lines : [this.#problem, ...lines];
  }

  /** What of the kinds of a policy is not registered, so that their objects are not judged under it. */
  leftOut(policy: Policy): readonly LeftOut[] {
    return this.#leftOut.of(policy);
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
      if (this.#isSettled) this.#tellLeftOut(wanted);
      this.#problem = undefined;
    } catch (error) {
      const kinds = wanted.kinds.length === 0 ? 'the right kinds' : kindNames(wanted.kinds);
      const problem = `the webhook is not registered for ${kinds}: ${messageOf(error)}`;
      if (problem !== this.#problem) log.error({ reason: messageOf(error) }, problem);
      this.#problem = problem;
    }
  }

  #tellLeftOut(wanted: Wanted): void {
    const current = [...this.#accepted.values()].filter((accepted) => accepted.of === wanted);
    const refused = current.flatMap(({ kinds, reason }) => {
      const left = new Set(wanted.kinds).difference(new Set(kinds));
      return [...Map.groupBy(left, ({ namespace }) => namespace)].map(
        ([namespace, inside]): LeftOut => ({ namespace, kinds: inside, reason }),
      );
    });
    const now = new LeftOutKinds([...wanted.leftOut, ...refused]);
    if (isDeepStrictEqual(now.all, this.#leftOut.all)) return;
    const told = new Set(this.#leftOut.describe());
    for (const line of now.describe()) if (!told.has(line)) this.#options.log.error({}, line);
    this.#leftOut = now;
    this.#options.onChange?.();
  }

  /** What is refused as a whole is registered as far as it is accepted. */
  async #settle(configuration: Configuration, wanted: Wanted): Promise<void> {
    try {
      await this.#write(configuration, wanted);
      this.#accepted.delete(configuration);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const known = this.#accepted.get(configuration);
      const accepted =
        known?.of === wanted ? known : await this.#ask(configuration, wanted, messageOf(error));
      await this.#write(configuration, { ...wanted, kinds: accepted.kinds });
      this.#accepted.set(configuration, accepted);
    }
  }

  async #ask(configuration: Configuration, wanted: Wanted, reason: string): Promise<Accepted> {
    const kinds = await acceptedKinds(wanted.kinds, async (some) => {
      try {
        await this.#write(configuration, { ...wanted, kinds: some }, true);
        return true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return false;
      }
    });
    return { of: wanted, kinds, reason };
  }

  async #write(
    { resource, webhook }: Configuration,
    { kinds, timeoutSeconds }: Wanted,
    dryRun = false,
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
    await kube.mergePatch(place, { ...metadata, webhooks: next }, { dryRun });
    if (!dryRun)
      log.info(
        { kinds: kinds.map(({ kind }) => kind), timeoutSeconds },
        `registered in ${resource}`,
      );
  }
}

/** Too much of it, or not what an API server takes; whoever may not write at all, or cannot just now, gets another answer. */
function isRefusal(error: unknown): boolean {
  return error instanceof KubeError && (error.code === 'INVALID' || error.status === 413);
}

function isNothing({ kinds, timeoutSeconds }: Wanted): boolean {
  return kinds.length === 0 && timeoutSeconds === 0;
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
