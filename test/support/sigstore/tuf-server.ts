import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TufRepository } from './tuf-repository.ts';

/** What the mirror does instead of answering. */
export type MirrorFault =
  | { readonly kind: 'status'; readonly status: number }
  /** Takes requests and never answers. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'body'; readonly body: string };

/** A TUF mirror on loopback. */
export interface TufServer {
  readonly url: string;
  /** Paths asked for so far. */
  readonly requests: readonly string[];
  readonly setFault: (fault: MirrorFault | undefined) => void;
  readonly close: () => Promise<void>;
}

export async function startTufServer(repository: TufRepository): Promise<TufServer> {
  const requests: string[] = [];
  let fault: MirrorFault | undefined;
  const server = createServer((request: IncomingMessage, response) => {
    const path = decodeURIComponent((request.url ?? '/').slice(1));
    requests.push(path);
    if (fault?.kind !== 'hang') answer(response, repository.files.get(path), fault);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    setFault: (next) => {
      fault = next;
    },
    close: () => closeServer(server),
  };
}

function answer(
  response: ServerResponse,
  file: Buffer | undefined,
  fault: Exclude<MirrorFault, { kind: 'hang' }> | undefined,
): void {
  if (fault?.kind === 'status') response.writeHead(fault.status).end();
  else if (fault?.kind === 'body') response.writeHead(200).end(fault.body);
  else response.writeHead(file === undefined ? 404 : 200).end(file);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
