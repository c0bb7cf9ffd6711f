import { messageOf } from '#shared/base/coded-error.ts';
import { formatFault } from '#shared/base/fault.ts';
import { stringAt } from '#shared/base/json-value.ts';
import type { Kube, KubeObject, ResourceType } from '#shared/kube/kube.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import { isForeignException, readException } from '#shared/policy/read-exception.ts';
import type { Log } from '../observe/log.ts';
import { isHonoured } from './is-honoured.ts';
import type { Publish } from './policy-store.ts';

/** v2beta1 is the same objects in Kyverno's own conversion. */
const EXCEPTIONS: ResourceType = {
  group: 'kyverno.io',
  version: 'v2',
  resource: 'policyexceptions',
};

export interface ClusterExceptionsOptions {
  readonly kube: Kube;
  /** Namespaces whose exceptions count, with wildcards. */
  readonly namespaces: readonly string[];
  readonly publish: Publish;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Publishes the exceptions of a cluster and follows their changes. Unlike a policy, an exception that
 * breaks has no last good version: it exempts nothing from then on.
 */
export function startClusterExceptions(options: ClusterExceptionsOptions): void {
  const { kube, publish, log, signal } = options;
  let told = new Set<string>();
  kube.watch(
    EXCEPTIONS,
    {
      onItems(items) {
        const read = items.map((item) => readOne(item, options.namespaces));
        const problems = read.flatMap(({ problem }) => problem ?? []);
        for (const problem of problems.filter((line) => !told.has(line)))
          log.error({ problem }, 'exception cannot be used');
        told = new Set(problems);
        const exceptions = read.flatMap(({ exception }) => exception ?? []);
        log.info({ exceptions: exceptions.length }, 'exceptions read');
        publish({ policies: [], exceptions, problems });
      },
      onError: (error) =>
        log.warn({ reason: messageOf(error) }, 'cannot watch exceptions, trying again'),
    },
    signal,
  );
}

interface ReadOne {
  readonly exception?: PolicyException | undefined;
  readonly problem?: string;
}

function readOne(item: KubeObject, namespaces: readonly string[]): ReadOne {
  const namespace = stringAt(item, 'metadata', 'namespace') ?? '';
  if (!isHonoured({ namespace }, namespaces)) return {};
  const read = readException(item);
  if (read === undefined || read.exception !== undefined) return { exception: read?.exception };
  if (isForeignException(read)) return {};
  const why = read.faults.map(formatFault).join('; ');
  return {
    problem: `Cannot use PolicyException "${namespace}/${item.metadata.name}" (it exempts nothing): ${why}`,
  };
}
