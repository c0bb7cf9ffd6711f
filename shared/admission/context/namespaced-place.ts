import type { ApiCall } from '../../policy/context-entry.ts';
import { ContextError } from './context-error.ts';

/**
 * Refuses what lies outside the namespace of a namespaced policy: its author need not be allowed to read it
 * (CVE-2026-22039 of Kyverno, MUST-NOT-HAPPEN 20).
 * @throws {ContextError} OUTSIDE_NAMESPACE
 */
export function checkConfigMapPlace(namespace: string, policyNamespace: string | undefined): void {
  if (policyNamespace === undefined || namespace === policyNamespace) return;
  throw new ContextError(
    'OUTSIDE_NAMESPACE',
    `configMap namespace "${namespace}" is different from policy namespace "${policyNamespace}"`,
  );
}

/**
 * Global entries hold what is in no namespace (Kyverno 1.19.1).
 * @throws {ContextError} OUTSIDE_NAMESPACE
 */
export function checkGlobalPlace(policyNamespace: string | undefined): void {
  if (policyNamespace === undefined) return;
  throw new ContextError(
    'OUTSIDE_NAMESPACE',
    'globalReference is not allowed in namespaced policies',
  );
}

/** Segments `.` and `..`, escaped or not: they make another path of the one that a policy means. */
const DOT_SEGMENT = /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\?#]|$)/i;

/** What URL parsers throw away on their way, so that dots come together only there (WHATWG URL, basic URL parser). */
const DROPPED = /^ | $|\p{Cc}/u;

/** `/api/v1/namespaces/NAME/…` and `/apis/GROUP/VERSION/namespaces/NAME/…`, written plainly. */
const NAMESPACED =
  /^(?:\/api\/[a-z0-9]+|\/apis\/[a-z0-9.-]+\/[a-z0-9]+)\/namespaces\/([a-z0-9-]+)(?:\/[a-z0-9._-]+)*\/?(?:\?[^#]*)?$/;

/** The webhook may have been let read the pull secrets of a namespace; an author of policies in it need not be. */
const SECRETS = /^\/api\/v1\/namespaces\/[^/?]+\/secrets(?:[/?]|$)/;

/**
 * Refuses calls whose path climbs, here or once it is parsed: values that a requester wrote must not lead elsewhere. For namespaced
 * policies only paths of the API server are left that name the policy's namespace where the API server
 * looks for it, Secrets aside; services never, since they act for whoever may call them.
 * @throws {ContextError} WRONG_VALUE, OUTSIDE_NAMESPACE
 */
export function checkCallPlace({ target }: ApiCall, policyNamespace: string | undefined): void {
  const path = target.kind === 'service' ? target.url : target.urlPath;
  checkPlain(path);
  if (policyNamespace === undefined) return;
  if (target.kind === 'api-server' && SECRETS.test(path))
    throw new ContextError(
      'OUTSIDE_NAMESPACE',
      `path ${path} leads to Secrets, which namespaced policies do not get`,
    );
  const [, namespace] = NAMESPACED.exec(path) ?? [];
  if (target.kind === 'api-server' && namespace === policyNamespace) return;
  throw new ContextError(
    'OUTSIDE_NAMESPACE',
    namespace === undefined
      ? `path ${path} does not contain a namespace segment, which is required for namespaced policies`
      : `path ${path} refers to namespace ${namespace}, which is different from the policy namespace ${policyNamespace}`,
  );
}

function checkPlain(path: string): void {
  if (DOT_SEGMENT.test(path))
    throw new ContextError('WRONG_VALUE', `path ${path} has segments of dots, expected none`);
  if (DROPPED.test(path))
    throw new ContextError(
      'WRONG_VALUE',
      `path ${JSON.stringify(path)} holds control characters or ends in blanks, expected none`,
    );
}
