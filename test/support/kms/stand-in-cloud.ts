import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, type Dispatcher } from 'undici';

export interface CloudRequest {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface CloudAnswer {
  readonly status?: number;
  /** Text as it is, anything else as JSON. */
  readonly body: unknown;
  /** The answer begins, and never ends. */
  readonly hangs?: boolean;
}

export type CloudService = (request: CloudRequest) => CloudAnswer;

/** Services of a cloud by host name, all in one server on the loopback. */
export interface StandInCloud {
  /** Leads every request here, whatever host it is for; the Host header stays. */
  readonly dispatcher: Dispatcher;
  readonly requests: readonly CloudRequest[];
  /** Where the server really is: `127.0.0.1:PORT`. */
  readonly host: string;
  serve(host: string, service: CloudService): void;
  close(): Promise<void>;
}

export async function startCloud(): Promise<StandInCloud> {
  const services = new Map<string, CloudService>();
  const requests: CloudRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming;
      const host = headers.host ?? '';
      const request = { method, path, host, headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      const answer = services.get(host)?.(request) ?? { status: 502, body: `nothing at ${host}` };
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      response.writeHead(answer.status ?? 200).write(text);
      if (answer.hangs !== true) response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = new Agent();
  return {
    dispatcher: agent.compose((dispatch) => (options, handler) => {
      const host = new URL(String(options.origin)).host;
      const headers = { ...(options.headers as Record<string, string>), host };
      return dispatch({ ...options, origin, headers }, handler);
    }),
    requests,
    host: new URL(origin).host,
    serve: (host, service) => services.set(host, service),
    close: async () => {
      await agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
