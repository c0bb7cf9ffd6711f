import { type IncomingMessage, createServer, request as send } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A forward proxy on loopback that sends everything to one place, whatever host was asked for. */
export interface TestProxy {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** First line and proxy credentials of each request: `CONNECT registry.example:443`. */
  readonly requests: readonly { readonly line: string; readonly authorization: string }[];
  close(): Promise<void>;
}

/** @param target `host:port` that everything is sent to; undefined refuses with 407. */
export async function startProxy(target: string | undefined): Promise<TestProxy> {
  const requests: { line: string; authorization: string }[] = [];
  const record = ({ method, url, headers }: IncomingMessage): void => {
    const authorization = headers['proxy-authorization'] ?? '';
    requests.push({ line: `${method} ${url}`, authorization });
  };
  const server = createServer((incoming, response) => {
    record(incoming);
    if (target === undefined) return void response.writeHead(407).end();
    const { pathname, search } = new URL(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const options = { method: incoming.method, headers };
    const forwarded = send(`http://${target}${pathname}${search}`, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(forwarded);
  });
  const tunnels = new Set<{ destroy(): unknown }>();
  server.on('connect', (incoming, socket) => {
    record(incoming);
    if (target === undefined) return void socket.end('HTTP/1.1 407 No\r\n\r\n');
    const [host = '', port = ''] = target.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) {
      tunnels.add(end);
      end.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      for (const tunnel of tunnels) tunnel.destroy();
      await closed;
    },
  };
}
