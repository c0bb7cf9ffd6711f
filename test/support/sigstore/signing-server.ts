import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fulcioDoor } from './fulcio-door.ts';
import { rekorV1Door } from './rekor-v1-door.ts';
import { rekorV2Door } from './rekor-v2-door.ts';
import { type ServiceAnswer, refusal } from './service-answer.ts';
import { type TokenIssuer, createTokenIssuer } from './token-issuer.ts';
import { tsaDoor } from './tsa-door.ts';
import type { VirtualSigstore } from './virtual-sigstore.ts';

/** Answers a body, and the token that came in the header. */
type Door = (body: Buffer, bearer: string | undefined) => ServiceAnswer;

/** Paths of the services' APIs. */
export const SERVICE_PATH = {
  fulcio: '/api/v2/signingCert',
  rekor: '/api/v1/log/entries',
  rekorV2: '/api/v2/log/entries',
  tsa: '/api/v1/timestamp',
} as const;

export type ServiceName = keyof typeof SERVICE_PATH;

/** A virtual Sigstore that can be signed with: all of its services behind one port on loopback. */
export interface SigningServer {
  readonly url: string;
  readonly issuer: TokenIssuer;
  /** Which services were asked so far, and with what. */
  readonly requests: readonly { readonly service: ServiceName; readonly body: string }[];
  /** Answers in place of a service until it is given undefined. */
  readonly replace: (service: ServiceName, door: Door | undefined) => void;
  readonly close: () => Promise<void>;
}

export async function startSigningServer(sigstore: VirtualSigstore): Promise<SigningServer> {
  const issuer = createTokenIssuer();
  const doors: Readonly<Record<ServiceName, Door>> = {
    fulcio: fulcioDoor(sigstore.fulcio, issuer),
    rekor: rekorV1Door(sigstore.rekor),
    rekorV2: rekorV2Door(sigstore.rekorV2),
    tsa: tsaDoor(sigstore.tsa),
  };
  const replaced = new Map<ServiceName, Door>();
  const requests: { service: ServiceName; body: string }[] = [];
  const answer = async (request: IncomingMessage): Promise<ServiceAnswer> => {
    const service = serviceAt(request);
    if (service === undefined) return refusal(404, 'not found');
    const body = await buffer(request);
    requests.push({ service, body: body.toString('utf8') });
    const bearer = request.headers.authorization?.replace(/^Bearer /, '');
    return (replaced.get(service) ?? doors[service])(body, bearer);
  };
  const server = createServer(
    (request, response) => void answer(request).then((said) => send(response, said)),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    issuer,
    requests,
    replace: (service, door) => {
      if (door === undefined) replaced.delete(service);
      else replaced.set(service, door);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serviceAt({ method, url }: IncomingMessage): ServiceName | undefined {
  const names = Object.keys(SERVICE_PATH) as ServiceName[];
  return method === 'POST' ? names.find((name) => SERVICE_PATH[name] === url) : undefined;
}

function send(
  response: ServerResponse,
  { status, type, body, location, etag }: ServiceAnswer,
): void {
  const redirect = location === undefined ? {} : { location };
  const name = etag === undefined ? {} : { etag };
  response.writeHead(status, { 'content-type': type, ...redirect, ...name }).end(body);
}
