import { stringAt } from '../base/json-value.ts';
import { KubeError, type KubeErrorCode } from './kube-error.ts';

const CODES: ReadonlyMap<number, KubeErrorCode> = new Map([
  [400, 'INVALID'],
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [409, 'CONFLICT'],
  [410, 'CONFLICT'],
  [415, 'INVALID'],
  [422, 'INVALID'],
]);

/** Messages of admission webhooks arrive here too; a screenful of them is enough. */
const MAX_MESSAGE_LENGTH = 4096;

export interface RefusedCall {
  /** What was attempted: `list clusterpolicies.kyverno.io`. */
  readonly action: string;
  readonly server: string;
  readonly status: number;
  /** The body, parsed where it is JSON. */
  readonly body: unknown;
}

/** The error for an answer that is none of 2xx, with the words of the server's own `Status`. */
export function statusError({ action, server, status, body }: RefusedCall): KubeError {
  const said = stringAt(body, 'message') ?? (typeof body === 'string' ? body : '');
  const words = said
    .trim()
    .slice(0, MAX_MESSAGE_LENGTH)
    .replaceAll(/[^\P{Cc}\n]/gu, ' ');
  const reason = stringAt(body, 'reason');
  const answer = `${server} answered ${status}${reason === undefined ? '' : ` ${reason}`}`;
  return new KubeError(
    CODES.get(status) ?? 'SERVER_ERROR',
    `Cannot ${action}: ${answer}${words === '' ? '' : `: ${words}`}`,
    { status },
  );
}
