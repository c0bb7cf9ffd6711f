import { httpLogFetcher } from '#shared/log/http-log-fetcher.ts';
import type { LogFetcher } from '#shared/signature/log-lookup.ts';
import type { Environment } from './environment.ts';

/** Asks transparency logs as the webhook does. */
export function openUserLogs(env: Environment): LogFetcher {
  return httpLogFetcher(env);
}
