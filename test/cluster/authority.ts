// tsyringe, inside @peculiar/x509, needs the metadata API before it loads.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Made at the start of each run and thrown away at its end. */
const VALID_FOR_MILLISECONDS = 24 * 60 * 60 * 1000;

/** A clock that stepped back between two programs of one run must not matter. */
const BACKDATED_MILLISECONDS = 60 * 60 * 1000;

const TLS_USES = [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth];

/** PEM texts. */
export interface KeyPairFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface LeafRequest {
  /** RFC 4514 name; Kubernetes reads CN as the user and O as groups. */
  readonly subject: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** A throw-away certificate authority for one run of the tests. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  issue(request: LeafRequest): Promise<KeyPairFiles>;
}

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await createKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: root.toString('pem'),
    issue: async (request) => issueLeaf(root, keys, request),
  };
}

async function issueLeaf(
  root: x509.X509Certificate,
  rootKeys: webcrypto.CryptoKeyPair,
  request: LeafRequest,
): Promise<KeyPairFiles> {
  const keys = await createKeys();
  const names: x509.JsonGeneralName[] = [
    ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const leaf = await x509.X509CertificateGenerator.create({
    subject: request.subject,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension(TLS_USES),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return { certificate: leaf.toString('pem'), privateKey: await privateKeyPem(keys) };
}

async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return x509.PemConverter.encode(der, x509.PemConverter.PrivateKeyTag);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    notBefore: new Date(now - BACKDATED_MILLISECONDS),
    notAfter: new Date(now + VALID_FOR_MILLISECONDS),
  };
}
