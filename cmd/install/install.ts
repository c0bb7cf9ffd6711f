import { stringAt } from '#shared/base/json-value.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { servedDialect } from '#shared/report/served-dialect.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { POLICY_TYPES } from '../cluster/policy-types.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { parseDuration } from '../flag/duration.ts';
import { plural } from '../print/plural.ts';
import { formatYaml } from '../print/yaml.ts';
import { applyObject } from './apply.ts';
import type { InstallArguments } from './arguments.ts';
import { kyvernoDigestRules } from './kyverno-advice.ts';
import type { Stage } from './manifests.ts';
import { CERTIFICATE_SECRET } from './own-objects.ts';
import { type PlannedObject, planInstall } from './plan.ts';
import { renderWebhooks } from './render.ts';
import { objectTitle } from './resource-types.ts';
import { type InstallSettings, readSettings } from './settings.ts';
import { settlePlan, tryAll } from './settle.ts';
import { waitForDefinitions, waitForDeployment } from './wait.ts';

/** What the steps of an installation share. */
interface Installation {
  readonly kube: Kube;
  readonly args: InstallArguments;
  readonly context: Context;
  readonly settings: InstallSettings;
}

/** Puts webhook and policies into a cluster; reads and tries everything before it writes anything. */
export async function install(args: InstallArguments, context: Context): Promise<ExitCode> {
  const settings = await readSettings(args, context);
  for (const warning of settings.warnings) context.warn(warning);
  const plan = planInstall(args, settings);
  if (args.output !== undefined) return show(plan, args.output, context);
  if (args['dry-run'] === 'client') {
    say(
      context,
      plan.map(({ object }) => `${objectTitle(object)} applied (dry run)`),
    );
    return EXIT.ok;
  }
  const kube = await openCluster(args, context.env);
  const installation: Installation = { kube, args, context, settings };
  const { planned, kept } = await settlePlan(kube, plan);
  const tried = await tryAll(kube, planned, applySettings(args));
  say(
    context,
    kept.map((title) => `${title} kept, it was there before`),
  );
  if (args['dry-run'] === 'server') {
    say(
      context,
      tried.map(({ title, applied }) => `${title} ${applied} (server dry run)`),
    );
    return EXIT.ok;
  }
  await applyAll(installation, planned);
  await advise(installation);
  return EXIT.ok;
}

async function applyAll(
  installation: Installation,
  planned: readonly PlannedObject[],
): Promise<void> {
  const { kube, args, context, settings } = installation;
  const wait = { timeout: parseDuration('timeout', args.timeout), stderr: context.streams.stderr };
  await applyStage(installation, planned, 'definitions');
  await waitForDefinitions(kube, policyTypesOf(planned), wait);
  await applyStage(installation, planned, 'policies');
  await applyStage(installation, planned, 'server');
  if (args.wait && settings.address.kind === 'service') await waitForDeployment(kube, wait);
  const authorities = await ownAuthorities(installation);
  const webhooks = planned.map((step) =>
    step.stage === 'webhooks' && authorities !== undefined
      ? { ...step, object: renderWebhooks(step.object, settings.address, authorities) }
      : step,
  );
  await applyStage(installation, webhooks, 'webhooks');
}

async function applyStage(
  { kube, args, context }: Installation,
  planned: readonly PlannedObject[],
  stage: Stage,
): Promise<void> {
  for (const { object } of planned.filter((step) => step.stage === stage)) {
    const applied = await applyObject(kube, object, { ...applySettings(args), dryRun: false });
    say(context, [`${objectTitle(object)} ${applied}`]);
  }
}

/**
 * The authority that the webhook made for itself. Registered together with the webhook, so that there is no
 * moment in which API servers call it and do not trust it.
 */
async function ownAuthorities({ kube, settings }: Installation): Promise<string | undefined> {
  if (settings.address.kind === 'url') return undefined;
  const secret = await kube.get(CERTIFICATE_SECRET);
  const encoded = stringAt(secret, 'data', 'ca.crt');
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}

async function advise({ kube, args, context, settings }: Installation): Promise<void> {
  const demanding = args.pin === 'workloads' ? [] : await kyvernoDigestRules(kube);
  if (demanding.length > 0) {
    context.warn(
      `Kyverno demands digests in workloads (policy ${demanding.join(', ')}) and judges them as they are written; ` +
        'install with --pin=workloads so that they carry digests before Kyverno looks',
    );
  }
  if (settings.address.kind === 'url' && settings.address.authorities === undefined) {
    context.warn(
      'without --ca-file the API server trusts the webhook only once the webhook has registered its own authority',
    );
  }
  const { length } = settings.policies;
  const note =
    length === 0
      ? 'Nothing is verified before there are policies: apply one, or install with -f, --key or --policy.'
      : `The cluster now judges images by ${plural(length, 'policy', 'policies')} of this installation.`;
  say(context, [...((await servedDialect(kube)) === undefined ? [REPORTS_NOTE] : []), note]);
}

const REPORTS_NOTE =
  'Reports are not written: the cluster has no definition of PolicyReports; install with --policy-reports to bring it.';

function show(plan: readonly PlannedObject[], format: string, { streams }: Context): ExitCode {
  const objects = plan.map(({ object }) => object);
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  streams.stdout.write(
    format === 'json'
      ? `${JSON.stringify(list, undefined, 2)}\n`
      : objects.map(formatYaml).join('---\n'),
  );
  return EXIT.ok;
}

function policyTypesOf(planned: readonly PlannedObject[]): typeof POLICY_TYPES {
  const groups = new Set(
    planned
      .filter(({ stage }) => stage === 'definitions')
      .map(({ object }) => stringAt(object, 'spec', 'names', 'plural')),
  );
  return POLICY_TYPES.filter(({ resource }) => groups.has(resource));
}

function applySettings(args: InstallArguments): { fieldManager: string; force: boolean } {
  return { fieldManager: args['field-manager'], force: args['force-conflicts'] };
}

function say({ streams }: Context, lines: readonly string[]): void {
  for (const line of lines) streams.stdout.write(`${line}\n`);
}
