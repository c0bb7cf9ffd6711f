import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { type JsonObject, type JsonValue, member, stringAt } from '#shared/base/json-value.ts';
import { reviewRequest } from '../admission/review-request.ts';
import { type FakeKube, startFakeKube } from '../kube/fake-kube.ts';
import { POLICY_KINDS } from '../kube/served-types.ts';
import { until } from '../kube/until.ts';
import type { TrustedRootJson } from '../sigstore/trusted-root.ts';
import { startWebhookProcess, type WebhookProcess } from '../webhook/webhook-process.ts';

/** What became of an object that somebody applied. */
export interface Applied {
  readonly allowed: boolean;
  /** As it was stored, or as it would have been. */
  readonly object: JsonObject;
  /** HTTP status of a refusal. */
  readonly code: JsonValue | undefined;
  readonly message: string;
  readonly warnings: readonly string[];
}

/** A cluster whose API server asks the webhook as a process of its own: policies by watch, objects by review. */
export class ScenarioCluster {
  readonly #kube: FakeKube;
  readonly #webhook: WebhookProcess;
  readonly #directory: string;
  readonly #given: JsonObject[] = [];
  readonly #stored = new Map<string, JsonObject>();

  constructor(kube: FakeKube, webhook: WebhookProcess, directory: string) {
    this.#kube = kube;
    this.#webhook = webhook;
    this.#directory = directory;
  }

  /** Puts policies and other objects into the cluster; resolves when the webhook judges by them. */
  async give(...objects: readonly JsonObject[]): Promise<void> {
    const replaced = this.#given.filter((old) =>
      objects.some((next) => keyOf(next) === keyOf(old)),
    );
    await this.#take(replaced);
    for (const object of objects) {
      this.#kube.put(asServed(object));
      this.#given.push(object);
    }
    await this.#settle();
  }

  /** Sends an object through the mutating and the validating webhook; stores it where both admit it. */
  async apply(object: JsonObject): Promise<Applied> {
    const before = this.#stored.get(keyOf(object));
    const mutated = await this.#ask('/mutate', object, before);
    const patched = patchedBy(mutated, object);
    if (mutated['allowed'] !== true) return appliedBy(object, [mutated]);
    const validated = await this.#ask('/validate', patched, before);
    if (validated['allowed'] === true) this.#stored.set(keyOf(object), patched);
    return appliedBy(patched, [mutated, validated]);
  }

  /** Whether the validating webhook alone, which sees the object as it is written, admits it. */
  async validates(object: JsonObject): Promise<boolean> {
    const answer = await this.#ask('/validate', object, this.#stored.get(keyOf(object)));
    return answer['allowed'] === true;
  }

  /** A metric as the webhook tells it: the value of the line that starts with `name`. */
  async metric(name: string): Promise<number> {
    const lines = (await this.#webhook.get('/metrics')).split('\n');
    const line = lines.find((one) => one.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  /** Removes what was given and forgets what was stored. */
  async clear(): Promise<void> {
    this.#stored.clear();
    await this.#take([...this.#given]);
  }

  async close(): Promise<void> {
    await this.#webhook.stop();
    await this.#kube.close();
    await rm(this.#directory, { recursive: true });
  }

  async #take(objects: readonly JsonObject[]): Promise<void> {
    for (const object of objects) {
      this.#kube.remove(asServed(object));
      this.#given.splice(this.#given.indexOf(object), 1);
    }
    if (objects.some(isPolicy)) await this.#settle();
  }

  async #settle(): Promise<void> {
    const wanted = this.#given.filter(isPolicy).length;
    await until(`${wanted} policies in force`, async () => {
      return (await this.metric('sign_policy_policies')) === wanted;
    });
  }

  async #ask(
    path: '/mutate' | '/validate',
    object: JsonObject,
    before: JsonObject | undefined,
  ): Promise<JsonObject> {
    const request = reviewRequest(object);
    const kind = stringAt(object, 'kind') ?? '';
    return this.#webhook.review(path, {
      ...request,
      resource: { ...(request['kind'] as JsonObject), resource: `${kind.toLowerCase()}s` },
      namespace: stringAt(object, 'metadata', 'namespace') ?? 'default',
      name: stringAt(object, 'metadata', 'name') ?? '',
      operation: before === undefined ? 'CREATE' : 'UPDATE',
      oldObject: before ?? null,
    });
  }
}

export interface ScenarioClusterOptions {
  /** Whom the webhook believes; what was shipped by default. */
  readonly trustedRoot?: TrustedRootJson;
  /** Flags of the webhook instead of those about trust. */
  readonly flags?: readonly string[];
  /** Files for these flags by name; a flag names one as `{name}`. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

/** Starts the cluster with the webhook in namespace `kyverno`, without policies. */
export async function startScenarioCluster({
  trustedRoot,
  flags = trustedRoot === undefined ? ['--no-tuf'] : ['--trusted-root={root.json}'],
  files = {},
}: ScenarioClusterOptions): Promise<ScenarioCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'sign-policy-scenario-'));
  const kube = await startFakeKube({ types: POLICY_KINDS });
  const certificates = join(directory, 'certificates');
  await mkdir(certificates);
  const roots = trustedRoot === undefined ? {} : { 'root.json': JSON.stringify(trustedRoot) };
  const written = { ...files, ...roots, kubeconfig: kube.kubeconfig() };
  for (const [name, content] of Object.entries(written))
    await writeFile(join(directory, name), content);
  const webhook = await startWebhookProcess({
    certificates,
    flags: ['--kubeconfig={kubeconfig}', '--namespace=kyverno', ...flags].map((flag) =>
      flag.replace(/\{([^}]+)\}/, (_all, name: string) => join(directory, name)),
    ),
  });
  return new ScenarioCluster(kube, webhook, directory);
}

function keyOf(object: JsonObject): string {
  const part = (name: string): string => stringAt(object, 'metadata', name) ?? '';
  return [stringAt(object, 'kind'), part('namespace'), part('name')].join('/');
}

function isPolicy(object: JsonObject): boolean {
  return (stringAt(object, 'kind') ?? '').endsWith('Policy');
}

/** Kyverno's definitions store and serve all versions as v1. */
function asServed(object: JsonObject): JsonObject {
  return object['apiVersion'] === 'kyverno.io/v2beta1'
    ? { ...object, apiVersion: 'kyverno.io/v1' }
    : object;
}

function patchedBy(answer: JsonObject, object: JsonObject): JsonObject {
  const patch = stringAt(answer, 'patch');
  if (patch === undefined) return object;
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString()) as readonly Operation[];
  return jsonPatch.applyPatch(structuredClone(object), operations, true).newDocument;
}

function appliedBy(object: JsonObject, answers: readonly JsonObject[]): Applied {
  const last = answers.at(-1) ?? {};
  const warnings = answers.flatMap(({ warnings: said }) =>
    Array.isArray(said) ? (said as readonly JsonValue[]).map(String) : [],
  );
  return {
    allowed: last['allowed'] === true,
    object,
    code: member(last['status'], 'code'),
    message: stringAt(last, 'status', 'message') ?? '',
    warnings,
  };
}
