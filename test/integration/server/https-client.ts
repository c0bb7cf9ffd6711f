import { request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { Agent } from 'node:https';

export interface ClientAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** SHA-256 of the certificate that the server showed. */
  readonly fingerprint: string;
}

export interface ClientRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Sent without Content-Length. */
  readonly chunked?: boolean;
}

/** An HTTPS client that keeps its connections, as an API server does. */
export class HttpsClient {
  readonly agent: Agent;
  readonly #port: number;

  constructor(port: number, ca: string) {
    this.#port = port;
    this.agent = new Agent({ ca, keepAlive: true });
  }

  /** Posts an AdmissionReview. */
  review(path: string, body: unknown): Promise<ClientAnswer> {
    return this.send({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  get(path: string): Promise<ClientAnswer> {
    return this.send({ path });
  }

  send({
    method = 'GET',
    path,
    headers = {},
    body,
    chunked,
  }: ClientRequest): Promise<ClientAnswer> {
    return new Promise((resolve, reject) => {
      const length =
        body === undefined || chunked === true ? {} : { 'content-length': Buffer.byteLength(body) };
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          path,
          method,
          agent: this.agent,
          headers: { ...headers, ...length },
        },
        (response) => {
          const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              fingerprint: fingerprint256,
            }),
          );
          response.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
