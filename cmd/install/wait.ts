import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, isJsonObject, member, stringAt } from '#shared/base/json-value.ts';
import type { Kube, KubeObject, ResourceName, ResourceType } from '#shared/kube/kube.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import type { Output } from '../streams.ts';
import { startWaiting } from '../print/waiting.ts';
import { DEPLOYMENT } from './own-objects.ts';

export interface WaitOptions {
  /** Milliseconds; everything waited for shares it. */
  readonly timeout: number;
  readonly stderr: Output;
}

/** Milliseconds between two looks: short enough to feel immediate, no burden for an API server. */
const INTERVAL = 250;

/** Waits until the API server serves the kinds of new definitions. */
export async function waitForDefinitions(
  kube: Kube,
  types: readonly ResourceType[],
  options: WaitOptions,
): Promise<void> {
  await waitUntil('policy kinds to be served', options, async () => {
    const served = await Promise.all(types.map((type) => kube.serves(type)));
    const missing = types.filter((_, index) => served[index] !== true);
    return missing.length === 0 ? undefined : missing.map(({ resource }) => resource).join(', ');
  });
}

/** Waits until every replica of the webhook is ready, as `kubectl rollout status` understands it. */
export async function waitForDeployment(kube: Kube, options: WaitOptions): Promise<void> {
  await waitUntil('the webhook to be ready (it is not registered yet)', options, async () => {
    const deployment = await kube.get(DEPLOYMENT);
    if (deployment === undefined) return 'the Deployment does not exist';
    const progress = rolloutProgress(deployment);
    if (progress === undefined) return undefined;
    const trouble = await podTrouble(kube);
    return trouble === undefined ? progress : `${progress}; ${trouble}`;
  });
}

/** Waits until an object is gone. */
export async function waitUntilGone(
  kube: Kube,
  name: ResourceName,
  options: WaitOptions,
): Promise<void> {
  await waitUntil(`${name.name} to be gone`, options, async () =>
    (await kube.get(name)) === undefined ? undefined : 'it still exists',
  );
}

/** `look` answers undefined when done, else what is still missing. */
async function waitUntil(
  what: string,
  { timeout, stderr }: WaitOptions,
  look: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = performance.now() + timeout;
  const waiting = startWaiting(stderr);
  try {
    for (;;) {
      const missing = await look();
      if (missing === undefined) return;
      if (performance.now() >= deadline) {
        const seconds = Math.round(timeout / 1000);
        throw new ClusterError(
          'TIMEOUT',
          `Cannot wait any longer for ${what}: after ${seconds} s, ${missing}`,
        );
      }
      waiting.show(`Waiting for ${what}: ${missing}`);
      await sleep(INTERVAL);
    }
  } finally {
    waiting.end();
  }
}

/** What is missing from a finished rollout, or undefined. */
function rolloutProgress(deployment: KubeObject): string | undefined {
  const status = member(deployment, 'status');
  const wanted = count(member(deployment, 'spec'), 'replicas');
  if (count(status, 'observedGeneration') < count(deployment.metadata, 'generation')) {
    return 'the Deployment was not seen by its controller yet';
  }
  const ready = Math.min(count(status, 'updatedReplicas'), count(status, 'availableReplicas'));
  return ready >= wanted ? undefined : `${ready} of ${wanted} replicas are ready`;
}

/** Why a Pod of the webhook does not start, in the words of the scheduler or the kubelet. */
async function podTrouble(kube: Kube): Promise<string | undefined> {
  const pods = await kube.list(
    { group: '', version: 'v1', resource: 'pods' },
    { namespace: DEPLOYMENT.namespace, labelSelector: 'app.kubernetes.io/component=webhook' },
  );
  const troubles = (pods ?? []).flatMap((pod) => {
    const status = member(pod, 'status');
    const waiting = list(member(status, 'containerStatuses')).map((container) =>
      member(member(container, 'state'), 'waiting'),
    );
    const unscheduled = list(member(status, 'conditions')).filter(
      (condition) => condition['type'] === 'PodScheduled' && condition['status'] === 'False',
    );
    return [...waiting, ...unscheduled].flatMap(describeTrouble);
  });
  return troubles[0];
}

function describeTrouble(trouble: unknown): readonly string[] {
  const reason = stringAt(trouble, 'reason');
  if (reason === undefined || reason === 'ContainerCreating') return [];
  const message = stringAt(trouble, 'message');
  return [message === undefined ? reason : `${reason}: ${message}`];
}

function count(value: unknown, field: string): number {
  const found = member(value, field);
  return typeof found === 'number' ? found : 0;
}

function list(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}
