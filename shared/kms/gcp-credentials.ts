import { createPrivateKey, sign } from 'node:crypto';
import { messageOf } from '../base/coded-error.ts';
import { type JsonValue, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { kmsFault, readCredentialFile } from './kms-fault.ts';
import { askKms, type KmsOptions, type KmsRequest } from './kms-http.ts';

export interface GcpPlace {
  /** What credentials are wanted for; for messages. */
  readonly uri: string;
  /** Of OAuth 2.0. */
  readonly scope: string;
}

/** How long the assertion is good; Google allows an hour at most. Seconds. */
const ASSERTION_SECONDS = 300;

const METADATA_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';

/**
 * An access token: of the service account in GOOGLE_APPLICATION_CREDENTIALS, else of whatever the workload
 * runs as (metadata server, which is how GKE's Workload Identity works).
 * @param scope what the token is for.
 * @throws {KeySourceError}
 */
export async function gcpToken(
  { uri, scope }: GcpPlace,
  options: KmsOptions,
  signal: AbortSignal,
): Promise<string> {
  const file = options.env['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
  const request =
    file === '' ? metadataRequest(uri, options) : await assertion({ uri, scope }, file);
  const token = stringAt(await askKms(request, options, signal), 'access_token');
  if (token === undefined)
    throw kmsFault(uri, 'MALFORMED', `found no access token in the answer of ${request.url.host}`);
  return token;
}

function metadataRequest(uri: string, { env }: KmsOptions): KmsRequest {
  const host = env['GCE_METADATA_HOST'] ?? 'metadata.google.internal';
  return {
    method: 'GET',
    url: new URL(`http://${host}${METADATA_PATH}`),
    headers: { 'metadata-flavor': 'Google' },
    uri,
    what: 'fetch a token from the metadata server',
  };
}

/** A JWT signed with the service account's key, in exchange for a token (RFC 7523). */
async function assertion({ uri, scope }: GcpPlace, file: string): Promise<KmsRequest> {
  const account = parseAccount(uri, await readCredentialFile(uri, file));
  const url = URL.parse(stringAt(account, 'token_uri') ?? '');
  if (stringAt(account, 'type') !== 'service_account' || url === null)
    throw kmsFault(
      uri,
      'UNSUPPORTED',
      `found credentials of type "${stringAt(account, 'type') ?? ''}" in "${file}", expected "service_account"`,
    );
  const now = Math.floor(Date.now() / 1000);
  const email = stringAt(account, 'client_email') ?? '';
  const claims = {
    iss: email,
    scope,
    aud: url.href,
    iat: now,
    exp: now + ASSERTION_SECONDS,
  };
  const header = { alg: 'RS256', typ: 'JWT', kid: stringAt(account, 'private_key_id') };
  const jwt = signJwt(uri, [header, claims], stringAt(account, 'private_key') ?? '');
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: jwt,
    }).toString(),
    uri,
    what: 'fetch a token for the service account',
  };
}

function parseAccount(uri: string, text: string): JsonValue {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw kmsFault(uri, 'NO_CREDENTIALS', `cannot read service account: ${messageOf(cause)}`);
  }
}

function signJwt(uri: string, parts: readonly unknown[], pem: string): string {
  const text = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  try {
    const signature = sign('sha256', Buffer.from(text), createPrivateKey(pem));
    return `${text}.${signature.toString('base64url')}`;
  } catch {
    // Not the cause's words: they may quote the key.
    throw kmsFault(uri, 'NO_CREDENTIALS', 'the service account holds no usable private key');
  }
}
