import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import { type Fault, injectFault, type PendingFault } from './faults.ts';
import { ObjectStore, Refusal, type ServedType } from './object-store.ts';
import { remove, route, type RunningKube, save, typeOfKind } from './routes.ts';
import { BUILT_IN_TYPES } from './served-types.ts';
import { send, status } from './status.ts';
import { Watches } from './watches.ts';

export interface RecordedRequest {
  readonly method: string;
  /** With query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface FakeKubeOptions {
  /** HTTPS with this PEM pair; plain HTTP without. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The only bearer token that is accepted; anything is if undefined. */
  readonly token?: () => string;
  readonly types?: readonly ServedType[];
  /** What controllers would make of an object; Deployments become available by themselves. */
  readonly react?: (object: KubeObject) => KubeObject;
  /** Throws a {@link Refusal} of what a merge patch would make of an object. */
  readonly refuse?: (object: KubeObject) => void;
  /** What a SubjectAccessReview with this spec is answered; nobody may do anything by default. */
  readonly authorize?: (spec: JsonObject) => boolean;
}

/** A small API server for tests: any resource, discovery, server-side apply, watches, faults. */
export interface FakeKube {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  serve(...types: readonly ServedType[]): void;
  unserve(group: string, resource: string): void;
  /** Stores an object behind the clients' backs. */
  put(object: JsonObject): KubeObject;
  remove(object: JsonObject): void;
  get(kind: string, name: string, namespace?: string): KubeObject | undefined;
  list(kind: string): readonly KubeObject[];
  fail(fault: Fault): void;
  heal(): void;
  /** Ends all watches, as a restarting server does. */
  cutWatches(): void;
  /** Old versions are gone: open watches end with 410, and so do new ones from before this moment. */
  compact(): void;
  openWatches(): number;
  /** How many connections were made so far. */
  connections(): number;
  /** A kubeconfig (JSON, which is YAML) for this server. */
  kubeconfig(extra?: {
    readonly user?: JsonObject;
    readonly cluster?: JsonObject;
    readonly namespace?: string;
  }): string;
  close(): Promise<void>;
}

interface Running extends RunningKube {
  readonly faults: PendingFault[];
  readonly requests: RecordedRequest[];
  readonly token: FakeKubeOptions['token'];
}

/** Starts on a free port of the loopback interface. */
export async function startFakeKube(options: FakeKubeOptions = {}): Promise<FakeKube> {
  const store = new ObjectStore();
  const running: Running = {
    store,
    types: [...BUILT_IN_TYPES, ...(options.types ?? [])],
    watches: new Watches(store),
    react: options.react,
    refuse: options.refuse,
    authorize: options.authorize,
    faults: [],
    requests: [],
    token: options.token,
  };
  const handler = (request: IncomingMessage, response: ServerResponse): void =>
    void handle(running, request, response);
  const server =
    options.tls === undefined
      ? createHttpServer(handler)
      : createHttpsServer({ ...options.tls }, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let connections = 0;
  server.on(
    options.tls === undefined ? 'connection' : 'secureConnection',
    () => (connections += 1),
  );
  const { port } = server.address() as AddressInfo;
  const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  for (const name of ['default', 'kube-system']) {
    running.store.put(typeOfKind(running, 'Namespace'), {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }
  return {
    url,
    requests: running.requests,
    serve: (...types) => void running.types.push(...types),
    unserve: (group, resource) => {
      const index = running.types.findIndex(
        (type) => type.group === group && type.resource === resource,
      );
      if (index >= 0) running.types.splice(index, 1);
    },
    put: (object) => save(running, object as KubeObject),
    remove: (object) =>
      remove(running, typeOfKind(running, (object as KubeObject).kind), object as KubeObject),
    get: (kind, name, namespace) => running.store.get(typeOfKind(running, kind), name, namespace),
    list: (kind) => running.store.list(typeOfKind(running, kind)),
    fail: (fault) =>
      void running.faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    heal: () => void (running.faults.length = 0),
    cutWatches: () => running.watches.cut(),
    compact: () => running.watches.compact(),
    openWatches: () => running.watches.size,
    connections: () => connections,
    kubeconfig: (extra = {}) => kubeconfigText(url, extra),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function kubeconfigText(
  server: string,
  extra: { readonly user?: JsonObject; readonly cluster?: JsonObject; readonly namespace?: string },
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    clusters: [{ name: 'fake', cluster: { server, ...extra.cluster } }],
    users: [{ name: 'fake', user: extra.user ?? {} }],
    contexts: [
      {
        name: 'fake',
        context: {
          cluster: 'fake',
          user: 'fake',
          ...(extra.namespace === undefined ? {} : { namespace: extra.namespace }),
        },
      },
    ],
  });
}

async function handle(
  running: Running,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readJson(request);
  const { method = 'GET', url = '/', headers } = request;
  running.requests.push({ method, url, headers, body });
  try {
    if (injectFault(running.faults, request, response)) return;
    authenticate(running, request);
    const { pathname, searchParams } = new URL(url, 'http://fake');
    const contentType = headers['content-type'] ?? '';
    const answer = route({
      running,
      contentType,
      method,
      pathname,
      query: searchParams,
      body,
      response,
    });
    if (answer !== undefined) send(response, 200, answer);
  } catch (error) {
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
    send(response, refusal.code, status(refusal));
  }
}

function authenticate({ token }: Running, request: IncomingMessage): void {
  if (token === undefined) return;
  if (request.headers.authorization !== `Bearer ${token()}`) {
    throw new Refusal(401, 'Unauthorized', 'Unauthorized');
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
