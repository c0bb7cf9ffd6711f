import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  member,
  stringAt,
} from '../base/json-value.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { KubeError } from './kube-error.ts';
import { withoutUndefined } from './without-undefined.ts';

/** client-node wants a name for each entry. */
const NAME = 'chosen';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The URL of the API server, without a slash at the end.
 * @throws {KubeError} `BAD_CONFIG`
 */
export function serverOf({ cluster, origin }: ClusterAccess): string {
  const server = stringAt(cluster, 'server') ?? '';
  const url = URL.parse(server.includes('://') ? server : `https://${server}`);
  if (server === '' || url === null) {
    throw new KubeError(
      'BAD_CONFIG',
      `Cannot use ${origin}: its server is "${server}", a URL is wanted`,
    );
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    throw new KubeError(
      'BAD_CONFIG',
      `Cannot use ${origin}: its server is "${server}", a URL with https is wanted (http only for this machine)`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

/** client-node's reader of tokens, certificates and plugins, for this access. */
export function clientNodeConfig({ cluster, user }: ClusterAccess, server: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    clientNodeCluster(cluster, server),
    clientNodeUser(user, cluster, server),
  );
  return config;
}

/** Inline data wins over a file, as in client-go; client-node has it the other way round. */
function clientNodeCluster(cluster: JsonObject, server: string): Cluster {
  const caData = stringAt(cluster, 'certificate-authority-data');
  const isPlain = server.startsWith('http:');
  return withoutUndefined({
    name: NAME,
    server,
    // client-node refuses plain HTTP otherwise, where there is nothing to verify.
    skipTLSVerify: isPlain || member(cluster, 'insecure-skip-tls-verify') === true,
    caData,
    caFile: caData === undefined ? stringAt(cluster, 'certificate-authority') : undefined,
    tlsServerName: stringAt(cluster, 'tls-server-name'),
  });
}

function clientNodeUser(user: JsonObject, cluster: JsonObject, server: string): User {
  const certData = stringAt(user, 'client-certificate-data');
  const keyData = stringAt(user, 'client-key-data');
  const tokenFile = stringAt(user, 'tokenFile');
  return withoutUndefined({
    name: NAME,
    certData,
    certFile: certData === undefined ? stringAt(user, 'client-certificate') : undefined,
    keyData,
    keyFile: keyData === undefined ? stringAt(user, 'client-key') : undefined,
    // client-go: where both are given, the file is the newer truth.
    token: tokenFile === undefined ? stringAt(user, 'token') : undefined,
    authProvider:
      tokenFile === undefined
        ? member(user, 'auth-provider')
        : { name: 'tokenFile', config: { tokenFile } },
    exec: execConfig(member(user, 'exec'), cluster, server),
    username: stringAt(user, 'username'),
    password: stringAt(user, 'password'),
  });
}

/** The plugin protocol's environment variable, which client-node leaves out (client.authentication.k8s.io). */
function execConfig(
  exec: JsonValue | undefined,
  cluster: JsonObject,
  server: string,
): JsonObject | undefined {
  if (!isJsonObject(exec)) return undefined;
  const info = {
    apiVersion: stringAt(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(member(exec, 'provideClusterInfo') === true
        ? {
            cluster: withoutUndefined({
              server,
              'certificate-authority-data': cluster['certificate-authority-data'],
            }),
          }
        : {}),
    },
  };
  const env = member(exec, 'env');
  const given: readonly JsonValue[] = Array.isArray(env) ? env : [];
  return {
    ...exec,
    env: [...given, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
  };
}
