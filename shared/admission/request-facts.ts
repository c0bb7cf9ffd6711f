import type { Labels } from '../policy/label-selector.ts';
import type { UserRoles } from '../policy/user-match.ts';

/**
 * What the API server does not send along with a request. Asked for only where a policy hangs on it; what
 * it throws is "could not find out".
 */
export interface RequestFacts {
  /** Labels of the namespace that the request is in. */
  namespaceLabels(signal: AbortSignal | undefined): Promise<Labels>;
  /** What is bound to the user who asks. */
  roles(signal: AbortSignal | undefined): Promise<UserRoles>;
}

export type Fact = keyof RequestFacts;

/** The facts that are known by now. */
export interface KnownFacts {
  readonly namespaceLabels?: Labels;
  readonly roles?: UserRoles;
}
