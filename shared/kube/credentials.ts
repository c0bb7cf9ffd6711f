import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici';
import { messageOf } from '../base/coded-error.ts';
import { type JsonObject, member, stringAt } from '../base/json-value.ts';
import { clientNodeConfig, serverOf } from './client-node-config.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { KubeError } from './kube-error.ts';
import { withoutUndefined } from './without-undefined.ts';

/** How to make one call as ourselves. */
export interface Credentials {
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** A host that does not even accept the connection in this time is down; milliseconds. */
const CONNECT_TIMEOUT = 10_000;

/** Connections are kept: each new one costs a TLS handshake; below the usual idle limit of API servers. */
const KEEP_ALIVE = 60_000;

/** A credential plugin may open a browser; longer than this and nobody is there; milliseconds. */
const PLUGIN_TIMEOUT = 120_000;

/**
 * Who we are at one API server. client-node's `KubeConfig` reads tokens, certificates and plugins; its own
 * HTTP layer is left aside, as it opens a new connection for each call.
 */
export class CredentialSource {
  readonly server: string;
  readonly #access: ClusterAccess;
  #config: KubeConfig;
  #dispatcher: { readonly identity: string; readonly dispatcher: Dispatcher } | undefined;

  /** @throws {KubeError} `BAD_CONFIG` where the kubeconfig's cluster cannot be used. */
  constructor(access: ClusterAccess) {
    this.#access = access;
    this.server = serverOf(access);
    this.#config = clientNodeConfig(access, this.server);
  }

  /** @throws {KubeError} `BAD_CONFIG` where a file or plugin does not give what it should. */
  async current(): Promise<Credentials> {
    const options: RequestOptions = {};
    try {
      await withTimeout(this.#config.applyToHTTPSOptions(options));
    } catch (cause) {
      throw new KubeError(
        'BAD_CONFIG',
        `Cannot get credentials of ${this.#access.origin}: ${short(messageOf(cause))}`,
        {
          cause,
        },
      );
    }
    return {
      dispatcher: this.#dispatcherFor(options),
      headers: {
        ...basicAuth(options),
        ...tokenHeaders(options),
        ...impersonation(this.#access.user),
      },
    };
  }

  /** Forgets tokens that were read or made before: the server refused them. */
  refresh(): void {
    this.#config = clientNodeConfig(this.#access, this.server);
  }

  #dispatcherFor(options: RequestOptions): Dispatcher {
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tls = withoutUndefined({ ca, cert, key, servername, rejectUnauthorized });
    const identity = createHash('sha256').update(JSON.stringify(tls)).digest('hex');
    if (this.#dispatcher?.identity === identity) return this.#dispatcher.dispatcher;
    const old = this.#dispatcher?.dispatcher;
    const dispatcher = createDispatcher(tls, stringAt(this.#access.cluster, 'proxy-url'));
    this.#dispatcher = { identity, dispatcher };
    void old?.close();
    return dispatcher;
  }
}

function createDispatcher(tls: object, proxy: string | undefined): Dispatcher {
  const common = { keepAliveTimeout: KEEP_ALIVE, allowH2: false };
  const connect = { ...tls, timeout: CONNECT_TIMEOUT, keepAlive: true };
  if (proxy === undefined || proxy === '') {
    return usesProxyVariables()
      ? new EnvHttpProxyAgent({ ...common, connect, requestTls: connect })
      : new Agent({ ...common, connect });
  }
  if (/^https?:/.test(proxy)) return new ProxyAgent({ ...common, uri: proxy, requestTls: connect });
  throw new KubeError(
    'BAD_CONFIG',
    `Cannot use the proxy "${new URL(proxy).protocol}//…" of the kubeconfig: only http and https proxies are supported`,
  );
}

function usesProxyVariables(): boolean {
  return ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some(
    (name) => process.env[name],
  );
}

function basicAuth({ auth }: RequestOptions): Record<string, string> {
  return typeof auth === 'string'
    ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }
    : {};
}

function tokenHeaders({ headers }: RequestOptions): Record<string, string> {
  const token = member(headers, 'Authorization');
  return typeof token === 'string' ? { authorization: token.trim() } : {};
}

function impersonation(user: JsonObject): Record<string, string | string[]> {
  const name = stringAt(user, 'as');
  if (name === undefined || name === '') return {};
  const headers: Record<string, string | string[]> = { 'impersonate-user': name };
  const groups = texts(member(user, 'as-groups'));
  if (groups.length > 0) headers['impersonate-group'] = groups;
  const uid = stringAt(user, 'as-uid');
  if (uid !== undefined) headers['impersonate-uid'] = uid;
  for (const [key, value] of Object.entries(member(user, 'as-user-extra') ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = texts(value);
  }
  return headers;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

async function withTimeout(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(new Error(`the credential plugin gave no answer for ${PLUGIN_TIMEOUT / 1000} s`)),
      PLUGIN_TIMEOUT,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A plugin's words are for people: the first lines of them. */
function short(text: string): string {
  return text.trim().slice(0, 500) || 'the credential plugin failed without a word';
}
