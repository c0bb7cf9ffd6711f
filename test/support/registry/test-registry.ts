import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Digest } from '#shared/base/digest.ts';
import { type Fault, applyFaults, writeAnswer } from './fault.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { AuthDesk, type RegistryAuth } from './registry-auth.ts';
import { RegistryHandler } from './registry-handler.ts';
import { RegistryStore } from './registry-store.ts';
import { type Route, routeOf } from './registry-route.ts';

export interface TestRegistryOptions {
  readonly auth?: RegistryAuth;
  /** PEM; the registry speaks HTTPS with them. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Address to bind, `127.0.0.1` by default. */
  readonly address?: string;
  readonly port?: number;
}

/** Which requests a fault is for, and how often; all of them for ever by default. */
export interface FaultOptions {
  readonly when?: (request: RecordedRequest) => boolean;
  readonly times?: number;
}

interface FaultRule {
  readonly fault: Fault;
  readonly when: (request: RecordedRequest) => boolean;
  left: number;
}

/**
 * An OCI 1.1 registry in memory behind real HTTP, with switchable faults. Clients such as crane and cosign
 * can push to it; everything that arrives is recorded.
 */
export class TestRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Everything that arrived since the last {@link reset}, token requests too. */
  readonly requests: RecordedRequest[] = [];
  readonly behaviour: { referrersApi: boolean; pageSize: number } = {
    referrersApi: true,
    pageSize: 1000,
  };
  readonly #store = new RegistryStore();
  readonly #handler = new RegistryHandler(this.#store, this.behaviour);
  readonly #desk = new AuthDesk();
  readonly #close: () => Promise<void>;
  #faults: FaultRule[] = [];

  constructor(listener: RegistryListener) {
    this.host = listener.host;
    this.origin = listener.origin;
    this.#close = listener.close;
    listener.serve((request, response) => void this.#serve(request, response));
  }

  get auth(): RegistryAuth {
    return this.#desk.auth;
  }

  set auth(auth: RegistryAuth) {
    this.#desk.auth = auth;
  }

  putBlob(repository: string, bytes: Buffer | string): Digest {
    return this.#store.putBlob(repository, Buffer.from(bytes));
  }

  putManifest(
    repository: string,
    tag: string | undefined,
    manifest: { readonly bytes: Buffer | string; readonly mediaType: string },
  ): Digest {
    const bytes = Buffer.from(manifest.bytes);
    const { digest } = this.#store.putManifest(repository, bytes, manifest.mediaType);
    if (tag !== undefined) this.#store.tag(repository, tag, digest);
    return digest;
  }

  tag(repository: string, tag: string, digest: Digest): void {
    this.#store.tag(repository, tag, digest);
  }

  /** Removes a tag or a manifest. */
  delete(repository: string, reference: string): void {
    this.#store.delete(repository, reference);
  }

  /** A Bearer token that is good for `scope`, such as `repository:acme/app:pull`. */
  issueToken(scope: string): string {
    return this.#desk.issue(scope);
  }

  revokeTokens(): void {
    this.#desk.revokeTokens();
  }

  /** From now on this goes wrong. */
  addFault(fault: Fault, options: FaultOptions = {}): void {
    const { when = () => true, times = Infinity } = options;
    this.#faults.push({ fault, when, left: times });
  }

  clearFaults(): void {
    this.#faults = [];
  }

  /** Forgets requests and faults; content, tokens and settings stay. */
  reset(): void {
    this.requests.length = 0;
    this.clearFaults();
  }

  /** How many requests of a kind arrived since the last {@link reset}. */
  count(kind?: Route['kind'], method?: string): number {
    return this.requests.filter(
      (request) =>
        (kind === undefined || request.kind === kind) &&
        (method === undefined || request.method === method),
    ).length;
  }

  /** `METHOD kind reference` of every request since the last {@link reset}, in order. */
  log(): readonly string[] {
    return this.requests.map(({ method, kind, reference }) =>
      `${method} ${kind} ${reference}`.trim(),
    );
  }

  /** Ends the registry with all its connections. */
  close(): Promise<void> {
    return this.#close();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const request = await record(incoming, this.origin);
    if (request === undefined) return;
    this.requests.push(request);
    const faults = this.#takeFaults(request);
    const answer = await applyFaults(faults, response, () =>
      request.kind === 'token'
        ? this.#desk.token(request)
        : (this.#desk.refuse(request, this.origin) ?? this.#handler.answer(request)),
    );
    if (answer === undefined || response.destroyed) return;
    writeAnswer(response, answer, { method: request.method, faults });
  }

  #takeFaults(request: RecordedRequest): readonly Fault[] {
    const due = this.#faults.filter(({ left, when }) => left > 0 && when(request));
    for (const rule of due) rule.left -= 1;
    return due.map(({ fault }) => fault);
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A bound server; waits for its handler. */
export interface RegistryListener {
  readonly host: string;
  readonly origin: string;
  readonly serve: (handler: Handler) => void;
  readonly close: () => Promise<void>;
}

/** Starts a registry on a free port of loopback. */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  const address = options.address ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, address, resolve);
  });
  const host = `${address}:${(server.address() as AddressInfo).port}`;
  const registry = new TestRegistry({
    host,
    origin: `${options.tls === undefined ? 'http' : 'https'}://${host}`,
    serve: (handler) => server.on('request', handler),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  });
  registry.auth = options.auth ?? { kind: 'none' };
  return registry;
}

/** The whole request, or undefined if the caller hung up. */
async function record(
  incoming: IncomingMessage,
  origin: string,
): Promise<RecordedRequest | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const url = new URL(incoming.url ?? '/', origin);
  return {
    ...routeOf(url.pathname),
    method: incoming.method ?? '',
    url,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    connection: incoming.socket.remotePort ?? 0,
  };
}
