import { wildcardMatches } from '../base/wildcard.ts';
import type { PolicyException } from '../policy/exception.ts';
import { matches } from '../policy/match.ts';
import type { Selection } from '../policy/model.ts';
import type { AdmissionRequest } from './admission-request.ts';
import { learnFact } from './decide-with-facts.ts';
import type { Fact, KnownFacts } from './request-facts.ts';
import { FactSheet, RequestSubject } from './request-subject.ts';

/**
 * The exceptions that are for this request. Where that hangs on something that cannot be found out, an
 * exception is not for it. On UPDATE only the new object counts: it is what will run.
 */
export async function matchingExceptions(
  request: AdmissionRequest,
  exceptions: readonly PolicyException[],
  signal: AbortSignal | undefined,
): Promise<readonly PolicyException[]> {
  const candidates = exceptions.filter((exception) => isAskedFor(exception, request));
  const asked = new Set<Fact>();
  let known: KnownFacts = {};
  for (;;) {
    const facts = new FactSheet(known);
    const subject = new RequestSubject(request, request.object, facts);
    const matching = candidates.filter(
      ({ match }) => matches(narrowed(match, request), subject) === true,
    );
    const wanted = [...facts.missing].filter((fact) => !asked.has(fact));
    if (wanted.length === 0) return matching;
    for (const fact of wanted) {
      asked.add(fact);
      const answer = await learnFact(request, fact, signal);
      if (!('reason' in answer)) known = { ...known, ...answer };
    }
  }
}

/**
 * Rules for Pods are also for their ephemeral containers, named or not; an exception for Pods is not: who
 * excepts a Pod has not looked at what is put into it later (MUST-NOT-HAPPEN 27).
 */
function narrowed(selection: Selection, { subresource }: AdmissionRequest): Selection {
  if (subresource === '') return selection;
  const { combine, filters } = selection.match;
  const named = filters.flatMap((filter) => {
    const kinds = filter.kinds.filter((kind) => wildcardMatches(kind.subresource, subresource));
    return filter.kinds.length > 0 && kinds.length === 0 ? [] : [{ ...filter, kinds }];
  });
  const holds = combine === 'any' || named.length === filters.length;
  return { ...selection, match: { combine, filters: holds ? named : [] } };
}

/** Conditions on the user narrow a rule only where somebody asks; an exception they narrow always. */
function isAskedFor({ match }: PolicyException, { userInfo }: AdmissionRequest): boolean {
  return userInfo !== undefined || match.match.filters.every(({ user }) => user === undefined);
}
