import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority } from './authority.ts';
import type { Authority } from './authority.ts';

/** The `users` entry of a kubeconfig. */
export interface KubeconfigUser {
  readonly name: string;
  readonly token?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key-data'?: string;
}

/** The three trust domains of a cluster, as kubeadm has them, and the files its programs read. */
export interface Pki {
  readonly servingCa: string;
  readonly clientCa: string;
  readonly servingCertificate: string;
  readonly servingKey: string;
  /** Signs and checks service account tokens. */
  readonly accountKey: string;
  readonly accountPublicKey: string;
  /** A user who shows a client certificate of his own. */
  clientCertificate(name: string, groups: readonly string[]): Promise<KubeconfigUser>;
  kubeconfig(server: string, user: KubeconfigUser): object;
}

export async function createPki(directory: string): Promise<Pki> {
  const folder = join(directory, 'pki');
  await mkdir(folder, { recursive: true });
  const [serving, client] = await Promise.all([
    createAuthority('test serving CA'),
    createAuthority('test client CA'),
  ]);
  const server = await serving.issue({
    subject: 'CN=kube-apiserver',
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1', '10.0.0.1'],
  });
  const accounts = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const put = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  return {
    servingCa: await put('serving-ca.crt', serving.certificate),
    clientCa: await put('client-ca.crt', client.certificate),
    servingCertificate: await put('apiserver.crt', server.certificate),
    servingKey: await put('apiserver.key', server.privateKey),
    accountKey: await put('accounts.key', accounts.privateKey),
    accountPublicKey: await put('accounts.pub', accounts.publicKey),
    clientCertificate: async (name, groups) => clientCertificate(client, name, groups),
    kubeconfig: (url, user) => kubeconfigOf({ url, ca: serving.certificate }, user),
  };
}

async function clientCertificate(
  clients: Authority,
  name: string,
  groups: readonly string[],
): Promise<KubeconfigUser> {
  const organisations = groups.map((group) => `,O=${group}`).join('');
  const pair = await clients.issue({ subject: `CN=${name}${organisations}` });
  return {
    name,
    'client-certificate-data': base64(pair.certificate),
    'client-key-data': base64(pair.privateKey),
  };
}

function kubeconfigOf(
  server: { readonly url: string; readonly ca: string },
  { name, ...user }: KubeconfigUser,
): object {
  const cluster = { server: server.url, 'certificate-authority-data': base64(server.ca) };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    clusters: [{ name: 'test', cluster }],
    users: [{ name, user }],
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
