import assert from 'node:assert/strict';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  member,
  stringAt,
} from '#shared/base/json-value.ts';
import type { ScenarioCluster } from './scenario-cluster.ts';

/** One of Kyverno's own scenarios, rebuilt: what is in the cluster, and what becomes of what is applied. */
export interface Scenario {
  /** The folder of Kyverno's test. */
  readonly name: string;
  readonly given: readonly JsonObject[];
  readonly steps: readonly Step[];
  /** Where the decision is not Kyverno's: what Kyverno does, and why we do not. */
  readonly differs?: string;
}

export type Step = Giving | Admitting | Denying;

/** The cluster gets something more, or something else. */
export interface Giving {
  readonly give: readonly JsonObject[];
}

export interface Admitting {
  readonly admits: JsonObject;
  /** Images of the stored object, in their order; as they were written by default. */
  readonly images?: readonly string[];
  /** The annotation `kyverno.io/verify-images`; not looked at by default. */
  readonly proof?: Readonly<Record<string, string>>;
  /** One of the warnings; none at all by default. */
  readonly warns?: RegExp;
}

export interface Denying {
  readonly denies: JsonObject;
  readonly because: RegExp;
  /** 403 by default. */
  readonly code?: number;
}

/** What a test of the scenario is called. */
export function scenarioTitle({ name, differs }: Scenario): string {
  return `scenario ${name}: ${differs === undefined ? 'as Kyverno' : `differs, ${differs}`}`;
}

/** Plays a scenario and leaves the cluster as it was. */
export async function checkScenario(cluster: ScenarioCluster, scenario: Scenario): Promise<void> {
  try {
    await cluster.give(...scenario.given);
    for (const step of scenario.steps) {
      if ('give' in step) await cluster.give(...step.give);
      else if ('admits' in step) await checkAdmitted(cluster, step);
      else await checkDenied(cluster, step);
    }
  } finally {
    await cluster.clear();
  }
}

async function checkAdmitted(cluster: ScenarioCluster, step: Admitting): Promise<void> {
  const { allowed, object, message, warnings } = await cluster.apply(step.admits);
  assert.equal(allowed, true, message);
  assert.deepEqual(imagesOf(object), step.images ?? imagesOf(step.admits));
  if (step.proof !== undefined) assert.deepEqual(proofOf(object), step.proof);
  if (step.warns === undefined) assert.deepEqual(warnings, []);
  else assert.match(warnings.join('\n'), step.warns);
}

/** MUST-NOT-HAPPEN 6: the validating webhook refuses by itself, where the mutating one was not asked. */
async function checkDenied(cluster: ScenarioCluster, step: Denying): Promise<void> {
  const { allowed, code, message } = await cluster.apply(step.denies);
  assert.equal(allowed, false, 'it was admitted');
  assert.match(message, step.because);
  assert.equal(code, step.code ?? 403, message);
  assert.equal(await cluster.validates(step.denies), false, 'the validating webhook admits it');
}

/** Every text below a field `image`, in the order of the object. */
function imagesOf(value: JsonValue): readonly string[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(imagesOf);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, child = null]) =>
    name === 'image' && typeof child === 'string' ? [child] : imagesOf(child),
  );
}

function proofOf(object: JsonObject): unknown {
  const annotations = member(member(object, 'metadata'), 'annotations');
  return JSON.parse(stringAt(annotations, 'kyverno.io/verify-images') ?? 'null');
}
