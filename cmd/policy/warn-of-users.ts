import type { Policy } from '#shared/policy/model.ts';
import { neededFacts } from '#shared/policy/needed-facts.ts';
import type { Context } from '../context.ts';

/** As with Kyverno's command line, such a match is for everybody then, and such an exclusion for nobody. */
export function warnOfUsers(policies: readonly Policy[], context: Pick<Context, 'warn'>): void {
  for (const policy of policies) {
    if (!neededFacts([policy]).user) continue;
    context.warn(
      `policy "${policy.name}" asks who makes the request: it is judged as if its match were for everybody and its exclude for nobody (say who with --userinfo FILE)`,
    );
  }
}
