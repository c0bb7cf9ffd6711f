import { ADMITTED } from '#shared/admission/admitted.ts';
import type { Admit } from '#shared/admission/admit.ts';
import { Limiter } from '#shared/base/limiter.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { admissionPolicies } from '#shared/policy/background-rules.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';
import { Replay } from '#shared/recording/replay.ts';
import type { Context } from '../context.ts';
import { createEngine } from '../engine.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { loadObjects } from '../file/load-objects.ts';
import { type LoadedPolicies, loadPolicies } from '../file/load-policies.ts';
import { readInputs, readTextFile } from '../file/read-inputs.ts';
import { readRequester, type Requester } from '../file/read-user-info.ts';
import { replacedObjects } from '../file/replaced-objects.ts';
import { warnOfUsers } from '../policy/warn-of-users.ts';
import { startProgress } from '../print/progress.ts';
import { readRecording } from '../recording/recording-file.ts';
import { tapeSources } from '../recording/tape-sources.ts';
import { objectName, requestOf } from './admission-request.ts';
import { contextData } from './context-data.ts';
import { EXEMPT_NAMESPACES } from '#shared/workload/exempt-namespaces.ts';
import { imagesOf } from './images-of.ts';
import type { Judgement, Subject } from './judgement.ts';
import { ObjectFacts } from './object-facts.ts';
import { printJudgements } from './print.ts';
import { unusedExceptions } from './unused-exceptions.ts';

export interface DryRunArguments {
  readonly _: readonly string[];
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly policy: readonly string[];
  readonly namespace: string | undefined;
  readonly 'all-namespaces': boolean;
  readonly selector: string | undefined;
  readonly output: string | undefined;
  readonly 'no-headers': boolean;
  readonly 'refused-only': boolean;
  readonly pin: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  readonly user: string | undefined;
  readonly 'insecure-registry': readonly string[];
  readonly 'registry-ca-file': string | undefined;
  readonly 'trusted-root': readonly string[];
  readonly 'no-online-log': boolean;
  readonly 'log-url': readonly string[];
  readonly userinfo: string | undefined;
  readonly operation: string;
  readonly replay: string | undefined;
}

/** Objects judged at the same time: enough to keep the registry busy, few enough to be polite to it. */
const CONCURRENCY = 8;

/** Where objects without a namespace go when no cluster is asked. */
const DEFAULT_NAMESPACE = 'default';

/** What the inputs say: nothing is judged before all of it was read and found good. */
interface Question {
  readonly policies: readonly Policy[];
  readonly exceptions: readonly PolicyException[];
  readonly subjects: readonly Subject[];
  readonly defaultNamespace: string;
  readonly kube: Kube | undefined;
  readonly requester: Requester | undefined;
}

/** Shows what admission would do with objects; exit code by the worst outcome. */
export async function dryRun(args: DryRunArguments, context: Context): Promise<ExitCode> {
  const question = await readQuestion(args, context);
  if (question.subjects.length === 0) return nothingFound(args, question, context);
  const replay =
    args.replay === undefined ? undefined : new Replay(await readRecording(args.replay));
  const stop = new AbortController();
  const admit = await createEngine(args, {
    ...question,
    context,
    through(own) {
      const sources = replay === undefined ? own : tapeSources(replay)(own);
      const data = contextData({ ...question, sources, signal: stop.signal });
      return { ...sources, context: data };
    },
  });
  const judgements = await judgeAll(admit, question, { args, context }).finally(() => stop.abort());
  for (const { request, decision } of judgements) {
    for (const warning of decision.warnings) context.warn(`${objectName(request)}: ${warning}`);
  }
  context.streams.stdout.write(render(judgements, args, context));
  return exitCode(judgements);
}

async function readQuestion(args: DryRunArguments, context: Context): Promise<Question> {
  const usesCluster = args.policy.length === 0 || args.filename.length === 0;
  const kube = usesCluster ? await openCluster(args, context) : undefined;
  const found = await findPolicies(args, context, kube);
  for (const warning of found.warnings) context.warn(warning);
  const { exceptions = [] } = found;
  const policies = admissionPolicies(found.policies);
  for (const { name, isBackgroundOnly } of found.policies)
    if (isBackgroundOnly === true)
      context.warn(`policy "${name}" says nothing at admission: it has "admission: false"`);
  const requester = args.userinfo === undefined ? undefined : await readUserInfo(args.userinfo);
  if (requester === undefined) warnOfUsers(policies, context);
  const subjects = await findSubjects(args, context, kube);
  const defaultNamespace = namespaceOf(args, kube);
  const ineffective = [
    ...replacedObjects(subjects, defaultNamespace),
    ...unusedExceptions(subjects, exceptions, defaultNamespace),
  ];
  for (const warning of ineffective) context.warn(warning);
  return { policies, exceptions, subjects, defaultNamespace, kube, requester };
}

async function readUserInfo(path: string): Promise<Requester> {
  return readRequester({ origin: path, text: await readTextFile(path) });
}

/** Where things go that name no namespace themselves. */
function namespaceOf(args: DryRunArguments, kube: Kube | undefined): string {
  return args.namespace ?? kube?.defaultNamespace ?? DEFAULT_NAMESPACE;
}

async function findPolicies(
  args: DryRunArguments,
  { streams }: Context,
  kube: Kube | undefined,
): Promise<Pick<LoadedPolicies, 'policies' | 'warnings'> & Partial<LoadedPolicies>> {
  if (args.policy.length > 0 || kube === undefined) {
    const inputs = await readInputs(args.policy, { recursive: args.recursive, streams });
    return loadPolicies(inputs, namespaceOf(args, kube), 'error');
  }
  const { clusterPolicies } = await import('../cluster/cluster-policies.ts');
  return await clusterPolicies(kube);
}

async function findSubjects(
  args: DryRunArguments,
  { streams }: Context,
  kube: Kube | undefined,
): Promise<readonly Subject[]> {
  if (args.filename.length > 0 || kube === undefined) {
    return loadObjects(await readInputs(args.filename, { recursive: args.recursive, streams }));
  }
  const { clusterObjects } = await import('../cluster/cluster-objects.ts');
  const namespace = args['all-namespaces'] ? undefined : (args.namespace ?? kube.defaultNamespace);
  const objects = await clusterObjects(kube, args._, { namespace, labelSelector: args.selector });
  return objects.map((object) => ({ origin: kube.server, object }));
}

async function openCluster(args: DryRunArguments, context: Context): Promise<Kube> {
  const { openCluster } = await import('../cluster/open-cluster.ts');
  return await openCluster(args, context.env);
}

async function judgeAll(
  admit: Admit,
  { policies, exceptions, subjects, defaultNamespace, kube, requester }: Question,
  { args, context }: { args: DryRunArguments; context: Context },
): Promise<readonly Judgement[]> {
  const progress = startProgress(context.streams.stderr, subjects.length, 'Verifying objects');
  const limiter = new Limiter(CONCURRENCY);
  const pin = args.pin === 'workloads' ? 'workloads' : 'pods';
  const facts = new ObjectFacts({ subjects, kube, requester });
  const judge = async (subject: Subject): Promise<Judgement> => {
    const asked = requestOf(subject.object, { operation: args.operation, defaultNamespace });
    const userInfo = requester?.userInfo;
    const request = { ...asked, userInfo, facts: facts.of(asked.namespace) };
    const decision = EXEMPT_NAMESPACES.includes(request.namespace)
      ? ADMITTED
      : await admit(request, { policies, exceptions, stage: 'mutate', pin });
    progress.step();
    return { subject, request, decision, images: imagesOf(request, decision) };
  };
  try {
    return await Promise.all(subjects.map((subject) => limiter.run(() => judge(subject))));
  } finally {
    progress.end();
  }
}

function render(judgements: readonly Judgement[], args: DryRunArguments, context: Context): string {
  const namespaces = new Set(judgements.map(({ request }) => request.namespace));
  return printJudgements(judgements, args.output, {
    style: context.style,
    wide: args.output === 'wide',
    headers: !args['no-headers'],
    withNamespace: args['all-namespaces'] || namespaces.size > 1,
    refusedOnly: args['refused-only'],
  });
}

function nothingFound(args: DryRunArguments, question: Question, { streams }: Context): ExitCode {
  const where = args['all-namespaces'] ? '' : ` in ${question.defaultNamespace} namespace`;
  streams.stderr.write(`No resources found${where}.\n`);
  return EXIT.ok;
}

function exitCode(judgements: readonly Judgement[]): ExitCode {
  const outcomes = new Set(judgements.map(({ decision }) => decision.outcome));
  if (outcomes.has('denied')) return EXIT.denied;
  return outcomes.has('unknown') ? EXIT.trouble : EXIT.ok;
}
