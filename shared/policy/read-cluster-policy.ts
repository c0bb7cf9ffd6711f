import type { Fault } from '../base/fault.ts';
import type { JsonObject } from '../base/json-value.ts';
import { AUTOGEN_ANNOTATION, isPortable, namesWorkloads, withGeneratedRules } from './autogen.ts';
import { customKinds, MAX_KINDS_OF_NAMESPACE } from './custom-kinds.ts';
import { readPolicyAction } from './failure-action.ts';
import { READER_RULES } from './fault-rules.ts';
import { Fields } from './fields.ts';
import type { Policy, Reporting, Rule } from './model.ts';
import { policyHash } from './policy-hash.ts';
import { readMatchConditions } from './read-match-conditions.ts';
import type { RuleContext } from './rule-context.ts';
import { readReporting } from './read-reporting.ts';
import { readRule, withUnsupported } from './read-rule.ts';
import type { Written } from './written.ts';
import { writtenRules } from './written-policy.ts';

/** Fields that are known, and mean nothing for judging images at admission. */
const IDLE_FLAGS = [
  'schemaValidation',
  'mutateExistingOnPolicyUpdate',
  'generateExisting',
  'generateExistingOnPolicyUpdate',
  'useServerSideApply',
] as const;

/** The API server gives no webhook more than this; seconds. */
const MAX_WEBHOOK_TIMEOUT = 30;

/** What the kind of a policy says about how to read it. */
export interface PolicyForm extends Pick<RuleContext, 'dialect'> {
  readonly scope: 'cluster' | 'namespace';
}

/**
 * Reads the spec that `ClusterPolicy`, `Policy` and our own kinds share (Kyverno 1.19).
 * Undefined where there is an error among the faults: a policy is used whole or not at all.
 */
export function readClusterPolicy(
  document: JsonObject,
  { scope, dialect }: PolicyForm,
  faults: Fault[],
): Policy | undefined {
  const root = new Fields(document, '', faults);
  const metadata = readMetadata(root, scope);
  const spec = root.object('spec');
  root.json('status');
  root.end();
  if (spec === undefined) {
    root.fault('error', 'missing, expected the rules of the policy', 'spec');
    return undefined;
  }
  const { autogen, namespace, annotations } = metadata;
  const written = writtenRules(document);
  const content = readSpec(spec, { dialect, autogen, namespace, written }, faults);
  if (faults.some(({ severity }) => severity === 'error')) return undefined;
  const { background, ...deciding } = content;
  const policy = {
    apiVersion: root.string('apiVersion') ?? '',
    kind: root.string('kind') ?? '',
    name: metadata.name,
    namespace: metadata.namespace,
    ...(metadata.allowsBypass ? { allowsBypass: true } : {}),
    ...deciding,
  };
  lintKinds(root, policy);
  const reporting = readReporting(annotations, background);
  return { ...policy, reporting, hash: policyHash(policy) };
}

/** Objects of a kind that no API server asks about are admitted. */
function lintKinds(root: Fields, policy: Pick<Policy, 'rules' | 'namespace'>): void {
  const { length } = customKinds([policy]);
  if (policy.namespace === undefined || length <= MAX_KINDS_OF_NAMESPACE) return;
  root.faultAt(
    'spec.rules',
    READER_RULES.manyKinds,
    `found ${length} kinds beside those with a pod template: for all policies of a namespace together the webhook is registered for ${MAX_KINDS_OF_NAMESPACE}, objects of the others are admitted unseen; name fewer, or write a policy for the whole cluster`,
  );
}

interface Metadata extends Pick<Policy, 'name' | 'namespace'> {
  readonly annotations: Readonly<Record<string, string>>;
  readonly autogen: string | undefined;
  readonly allowsBypass: boolean;
}

/** By this a policy's author lets people bypass it in an emergency. */
const ALLOW_BYPASS_ANNOTATION = 'sign-policy.dev/allow-bypass';

function readMetadata(root: Fields, scope: 'cluster' | 'namespace'): Metadata {
  root.string('apiVersion');
  root.string('kind');
  // An absent block reads like an empty one: its name is what is missing.
  const metadata = root.object('metadata') ?? new Fields({}, 'metadata', []);
  const name = metadata.string('name') ?? '';
  if (name === '')
    root.faultAt('metadata.name', 'error', 'missing, expected the name of the policy');
  const namespace = metadata.string('namespace');
  const annotations = metadata.stringMap('annotations');
  const autogen = annotations[AUTOGEN_ANNOTATION];
  const allowsBypass = annotations[ALLOW_BYPASS_ANNOTATION] === 'true';
  // kubectl applies an object without a namespace to this one.
  if (scope === 'namespace')
    return { name, namespace: namespace ?? 'default', annotations, autogen, allowsBypass };
  if (namespace !== undefined)
    metadata.fault('warning', 'has no effect, the policy is for the whole cluster', 'namespace');
  return { name, namespace: undefined, annotations, autogen, allowsBypass };
}

type SpecContent = Pick<
  Policy,
  'rules' | 'failurePolicy' | 'applyRules' | 'emitWarning' | 'matchConditions' | 'isBackgroundOnly'
> &
  Pick<Reporting, 'background'>;

interface SpecContext
  extends Pick<RuleContext, 'dialect' | 'namespace'>, Pick<Metadata, 'autogen'> {
  readonly written: readonly Written[];
}

function readSpec(
  spec: Fields,
  { dialect, autogen, namespace, written }: SpecContext,
  faults: Fault[],
): SpecContent {
  const before = faults.length;
  const action = readPolicyAction(spec);
  const webhook = readWebhook(spec);
  const applyRules = spec.choice('applyRules', ['All', 'One']) ?? 'All';
  const emitWarning = spec.boolean('emitWarning') ?? false;
  for (const flag of IDLE_FLAGS) spec.boolean(flag);
  const processes = readProcesses(spec);
  // What is unsupported in the spec concerns every rule.
  const shared = faults.slice(before);
  const fields = spec.objects('rules');
  spec.end();
  if (fields.length === 0) spec.fault('error', 'found no rules, expected at least one', 'rules');
  refuseRepeatedNames(fields);
  const read = fields.map((rule) => readRule(rule, { action, dialect, namespace }, faults));
  const rules = read.flatMap(({ rule }) =>
    rule === undefined ? [] : [withUnsupported(rule, shared)],
  );
  const generates =
    read.every(({ selection, blocksAutogen }) => !blocksAutogen && isPortable(selection)) &&
    written.some(namesWorkloads);
  return {
    rules: generates ? withGeneratedRules(rules, autogen) : rules,
    ...webhook,
    applyRules,
    emitWarning,
    ...processes(rules),
  };
}

type Processes = Pick<SpecContent, 'isBackgroundOnly' | 'background'>;

/** When a policy is asked, which hangs on its rules. */
function readProcesses(spec: Fields): (rules: readonly Rule[]) => Processes {
  const background = spec.boolean('background') ?? true;
  const admission = spec.boolean('admission') ?? true;
  return (rules) => {
    if (admission) return { background };
    if (rules.every(({ kind }) => kind === 'validate'))
      return { background, isBackgroundOnly: true };
    const why = 'is not honoured: rules that verify images always act at admission';
    spec.fault('warning', why, 'admission');
    return { background };
  };
}

function readWebhook(
  spec: Fields,
): Pick<Policy, 'failurePolicy' | 'matchConditions' | 'timeoutSeconds'> {
  const choices = ['Fail', 'Ignore'] as const;
  const seconds = { min: 1, max: MAX_WEBHOOK_TIMEOUT };
  const legacy = spec.choice('failurePolicy', choices);
  const legacySeconds = spec.integer('webhookTimeoutSeconds', seconds);
  const webhook = spec.object('webhookConfiguration');
  const own = webhook?.choice('failurePolicy', choices);
  const timeoutSeconds = webhook?.integer('timeoutSeconds', seconds) ?? legacySeconds;
  const conditions = webhook === undefined ? [] : readMatchConditions(webhook, 'matchConditions');
  webhook?.end();
  return {
    failurePolicy: own ?? legacy ?? 'Fail',
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(conditions.length === 0 ? {} : { matchConditions: conditions }),
  };
}

function refuseRepeatedNames(rules: readonly Fields[]): void {
  const seen = new Set<string>();
  for (const rule of rules) {
    const name = rule.json('name');
    if (typeof name !== 'string') continue;
    if (seen.has(name))
      rule.fault(
        'error',
        `found "${name}" twice, expected a name of its own for each rule`,
        'name',
      );
    seen.add(name);
  }
}
