import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A Vault that answers every request with the same document. */
export interface StandInVault {
  readonly address: string;
  close(): Promise<void>;
}

export async function startVault(answer: string): Promise<StandInVault> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
