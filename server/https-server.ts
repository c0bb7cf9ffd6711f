import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type RequestListener,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { messageOf } from '#shared/base/coded-error.ts';
import { ConfigError } from './config-error.ts';
import { type Endpoint, formatEndpoint } from './config.ts';
import type { ServingCertificate } from './tls/certificate.ts';

/** API servers keep idle connections for 90 s; who closes first must be them. */
const KEEP_ALIVE_TIMEOUT = 95_000;

/** controller-runtime's figure: above the largest `timeoutSeconds`, so that a slow caller is not cut off. */
const HEADERS_TIMEOUT = 32_000;

/** A review that takes longer to arrive than a webhook may take in all is of no use to anybody. */
const REQUEST_TIMEOUT = 35_000;

/** An HTTP/1.1 server with TLS 1.2 or newer, made for the way API servers keep connections. */
export function createWebhookServer(
  listener: RequestListener,
  certificate: ServingCertificate,
): HttpsServer {
  const server = createHttpsServer(
    { cert: certificate.certificate, key: certificate.key, minVersion: 'TLSv1.2' },
    listener,
  );
  applyTimeouts(server);
  return server;
}

/** The plain-HTTP server for probes and metrics. */
export function createProbeServer(listener: RequestListener): HttpServer {
  const server = createHttpServer(listener);
  applyTimeouts(server);
  return server;
}

/** From now on new connections get `certificate`; open ones keep theirs. */
export function replaceCertificate(server: HttpsServer, certificate: ServingCertificate): void {
  server.setSecureContext({
    cert: certificate.certificate,
    key: certificate.key,
    minVersion: 'TLSv1.2',
  });
}

/**
 * Listens, and returns where: the port is a real one even if 0 was asked for.
 * @throws {ConfigError} `BAD_FLAG` where the address cannot be used.
 */
export async function listen(
  server: HttpServer | HttpsServer,
  endpoint: Endpoint,
): Promise<Endpoint> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: endpoint.host, port: endpoint.port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    throw new ConfigError(
      'BAD_FLAG',
      `Cannot listen on "${formatEndpoint(endpoint)}": ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  const { port } = server.address() as AddressInfo;
  return { host: endpoint.host, port };
}

function applyTimeouts(server: HttpServer | HttpsServer): void {
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT;
  server.headersTimeout = HEADERS_TIMEOUT;
  server.requestTimeout = REQUEST_TIMEOUT;
}
