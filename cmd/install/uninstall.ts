import type { Kube, KubeObject, ListOptions } from '#shared/kube/kube.ts';
import { REPORT_TYPES } from '#shared/report/report-dialect.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { EXCEPTION_TYPE, GLOBAL_ENTRY_TYPE, POLICY_TYPES } from '../cluster/policy-types.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { parseDuration } from '../flag/duration.ts';
import { plural } from '../print/plural.ts';
import type { UninstallArguments } from './arguments.ts';
import { MANAGED, isManaged } from './managed-label.ts';
import { NAMESPACE } from './own-objects.ts';
import { KIND_TYPES, type KindType, objectTitle, resourceNameOf } from './resource-types.ts';
import { waitUntilGone } from './wait.ts';

/** What is removed, in order, and what is not although it might be ours. */
interface Removal {
  readonly objects: readonly KubeObject[];
  /** One line each, saying why. */
  readonly kept: readonly string[];
}

/** Kinds of which only those in our own namespace can be ours. */
const OWN_NAMESPACE_ONLY: ReadonlySet<string> = new Set([
  'Secret',
  'ConfigMap',
  'Service',
  'ServiceAccount',
  'Role',
]);

/** Kinds that take their content with them before they go; until then nothing new can be put there. */
const LINGERING: ReadonlySet<string> = new Set(['CustomResourceDefinition', 'Namespace']);

const NOTE: Readonly<Record<string, string>> = {
  client: ' (dry run)',
  server: ' (server dry run)',
};

/** Removes everything that `install` made. Everything is found before anything is deleted. */
export async function uninstall(args: UninstallArguments, context: Context): Promise<ExitCode> {
  const kube = await openCluster(args, context.env);
  const { objects, kept } = await findRemoval(kube, args['all-policies']);
  for (const line of kept) context.warn(line);
  if (objects.length === 0) {
    context.streams.stdout.write('Nothing to remove.\n');
    return EXIT.ok;
  }
  const mode = args['dry-run'];
  for (const object of objects) {
    if (mode !== 'client') await kube.delete(resourceNameOf(object), { dryRun: mode === 'server' });
    context.streams.stdout.write(`${objectTitle(object)} deleted${NOTE[mode] ?? ''}\n`);
  }
  if (mode !== 'none' || !args.wait) return EXIT.ok;
  const wait = {
    timeout: parseDuration('timeout', args.timeout),
    stderr: context.streams.stderr,
  };
  for (const object of objects.filter(({ kind }) => LINGERING.has(kind))) {
    await waitUntilGone(kube, resourceNameOf(object), wait);
  }
  return EXIT.ok;
}

async function findRemoval(kube: Kube, allPolicies: boolean): Promise<Removal> {
  const found = await Promise.all(KIND_TYPES.map((type) => findManaged(kube, type, allPolicies)));
  const objects = found.flat();
  const kept = new Map<KubeObject, string>();
  for (const definition of objects.filter(({ kind }) => kind === 'CustomResourceDefinition')) {
    const why = await foreignPolicies(kube, definition, objects);
    if (why !== undefined) kept.set(definition, why);
  }
  return { objects: objects.filter((object) => !kept.has(object)), kept: [...kept.values()] };
}

async function findManaged(
  kube: Kube,
  type: KindType,
  allPolicies: boolean,
): Promise<readonly KubeObject[]> {
  const isOwnPolicy = type.group === 'sign-policy.dev';
  const options: ListOptions = {
    ...(OWN_NAMESPACE_ONLY.has(type.kind) ? { namespace: NAMESPACE } : {}),
    ...(allPolicies && isOwnPolicy ? {} : { labelSelector: MANAGED.selector }),
  };
  return (await kube.list(type, options)) ?? [];
}

/** What objects of kinds are called that are no policies: one, and several. */
const NOUNS: ReadonlyMap<string, readonly [string, string]> = new Map([
  [EXCEPTION_TYPE.kind, ['exception', 'exceptions']],
  [GLOBAL_ENTRY_TYPE.kind, ['entry', 'entries']],
  ...REPORT_TYPES.map(({ kind }): [string, [string, string]] => [kind, ['report', 'reports']]),
]);

/** Deleting a definition deletes all objects of its kind: not while some of them are not ours to delete. */
async function foreignPolicies(
  kube: Kube,
  definition: KubeObject,
  removed: readonly KubeObject[],
): Promise<string | undefined> {
  const type = [...POLICY_TYPES, EXCEPTION_TYPE, GLOBAL_ENTRY_TYPE, ...REPORT_TYPES].find(
    ({ resource, group }) => definition.metadata.name === `${resource}.${group}`,
  );
  if (type === undefined) return undefined;
  const isRemoved = (object: KubeObject): boolean =>
    removed.some(({ kind, metadata }) => kind === type.kind && isSame(metadata, object.metadata));
  const others = ((await kube.list(type)) ?? []).filter(
    (object) => !isManaged(object) && !isRemoved(object),
  );
  if (others.length === 0) return undefined;
  const [noun, many] = NOUNS.get(type.kind) ?? ['policy', 'policies'];
  const count = plural(others.length, noun, many);
  const hint = type.group === 'sign-policy.dev' ? '; remove them too with --all-policies' : '';
  return `${definition.metadata.name} is kept: it holds ${count} that install did not make${hint}`;
}

function isSame(one: KubeObject['metadata'], other: KubeObject['metadata']): boolean {
  return one.name === other.name && one['namespace'] === other['namespace'];
}
