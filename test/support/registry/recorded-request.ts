import type { IncomingHttpHeaders } from 'node:http';
import type { Route } from './registry-route.ts';

/** One request as it arrived. */
export interface RecordedRequest extends Route {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The caller's port: equal for requests on one connection. */
  readonly connection: number;
}
