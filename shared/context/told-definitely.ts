import { ContextError } from '../admission/context/context-error.ts';
import { messageOf } from '../base/coded-error.ts';
import { KubeError, type KubeErrorCode } from '../kube/kube-error.ts';
import { GlobalEntryError } from './read-global-entry.ts';
import { ServiceError, type ServiceErrorCode } from './service-error.ts';

const OF_API_SERVER: ReadonlySet<KubeErrorCode> = new Set([
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID',
  'TOO_LARGE',
]);

const OF_SERVICE: ReadonlySet<ServiceErrorCode> = new Set([
  'BAD_CALL',
  'FORBIDDEN_ADDRESS',
  'REFUSED',
  'TOO_LARGE',
]);

/**
 * Tells what was refused for good from what may pass: only for the latter should clients wait and try again.
 * @throws {ContextError} REFUSED, or whatever `ask` throws.
 */
export async function toldDefinitely<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    if (!isDefinite(error)) throw error;
    throw new ContextError('REFUSED', messageOf(error), { cause: error });
  }
}

function isDefinite(error: unknown): boolean {
  if (error instanceof KubeError) return OF_API_SERVER.has(error.code);
  if (error instanceof ServiceError) return OF_SERVICE.has(error.code);
  return error instanceof GlobalEntryError;
}
