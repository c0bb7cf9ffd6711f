import { ContextError } from '#shared/admission/context/context-error.ts';
import {
  type ContextSources,
  NO_CONTEXT_SOURCES,
} from '#shared/admission/context/context-sources.ts';
import type { Clock } from '#shared/base/clock.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { parseJmespath } from '#shared/condition/jmespath/parse-jmespath.ts';
import { searchValue } from '#shared/condition/jmespath/search.ts';
import { findConfigMap } from '../file/find-config-map.ts';
import type { FileObject } from '../file/load-objects.ts';
import type { CannedCall, CannedGlobal } from './canned-context.ts';

/** Answers of this status and above are refusals (RFC 9110 §15.5). */
const FIRST_REFUSAL = 400;

export interface SuiteContextOptions {
  readonly objects: readonly FileObject[];
  readonly calls: readonly CannedCall[];
  readonly globals: readonly CannedGlobal[];
  /** Objects of the files that entries name. */
  readonly files: ReadonlyMap<string, readonly FileObject[]>;
  readonly clock: Clock;
}

/** Data of `context` entries from the suite alone: its ConfigMaps and canned answers. Nobody is asked. */
export function suiteContext(options: SuiteContextOptions): ContextSources {
  const { objects, calls, globals } = options;
  return {
    ...NO_CONTEXT_SOURCES,
    readConfigMap: ({ namespace, name }) =>
      Promise.resolve(findConfigMap(objects, { namespace, name }, 'default')),
    apiCall: async ({ method, target }) => {
      const place = target.kind === 'service' ? target.url : target.urlPath;
      const found =
        calls.find((call) => call.place === place && call.method === method) ??
        calls.find((call) => call.place === place && call.method === undefined);
      if (found === undefined) {
        throw new ContextError(
          'NO_SOURCE',
          `the suite has no answer to ${method} ${place} (apiCallResponses)`,
        );
      }
      if (found.status >= FIRST_REFUSAL)
        throw new ContextError('SOURCE_FAILED', `the suite answers with status ${found.status}`);
      return Promise.resolve(found.body);
    },
    globalEntry: ({ name, projection }) => {
      const found = globals.find((entry) => entry.name === name);
      return Promise.resolve(found === undefined ? undefined : dataOf(found, projection, options));
    },
  };
}

function dataOf(
  { data, resourceFiles, fieldPath, projections }: CannedGlobal,
  projection: string,
  { files, clock }: SuiteContextOptions,
): JsonValue | undefined {
  const listed = resourceFiles.flatMap((path) => files.get(path) ?? []);
  const all = data ?? listed.map(({ object }) => object);
  const find = (path: string, value: JsonValue): JsonValue =>
    searchValue(parseJmespath(path), value, {
      budget: new EvaluationBudget(),
      clock,
      hosts: NO_HOST_ADDRESSES,
      missing: 'null',
    });
  const root = fieldPath === undefined ? all : find(fieldPath, all);
  if (projection === '') return root;
  const path = Object.hasOwn(projections, projection) ? projections[projection] : undefined;
  return path === undefined ? undefined : find(path, root);
}
