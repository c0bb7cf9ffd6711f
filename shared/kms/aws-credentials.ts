import { stringAt } from '../base/json-value.ts';
import type { AwsCredentials } from './sigv4.ts';
import { kmsFault, readCredentialFile } from './kms-fault.ts';
import { askKms, type KmsOptions, sendKms } from './kms-http.ts';

export interface AwsPlace {
  /** The key that credentials are wanted for; for messages. */
  readonly uri: string;
  readonly region: string;
}

/** Pods on ECS and EKS reach their credentials here; the address of EKS Pod Identity is given in full. */
const CONTAINER_HOST = 'http://169.254.170.2';

/** What plain http may reach with a token: the loopback, ECS and EKS Pod Identity (IPv4 and IPv6). */
const CONTAINER_HOSTS =
  /^(?:localhost|127\.[\d.]+|\[::1\]|169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/;

/**
 * Credentials in the order of AWS's own tools: environment, web identity (IRSA), container (ECS, EKS Pod
 * Identity). Profiles of files and the instance's own role are not looked at.
 * @throws {KeySourceError}
 */
export async function awsCredentials(
  place: AwsPlace,
  options: KmsOptions,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const { env } = options;
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] ?? '';
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] ?? '';
  if (accessKeyId !== '' && secretAccessKey !== '')
    return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || undefined };
  if (env['AWS_WEB_IDENTITY_TOKEN_FILE'] !== undefined) return webIdentity(place, options, signal);
  const url = containerUrl(place, options);
  if (url !== undefined) return container(place, url, { options, signal });
  throw kmsFault(
    place.uri,
    'NO_CREDENTIALS',
    'found no AWS credentials, expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or AWS_CONTAINER_CREDENTIALS_FULL_URI',
  );
}

/** A service account's token for temporary credentials (AWS STS, AssumeRoleWithWebIdentity). */
async function webIdentity(
  { uri, region }: AwsPlace,
  options: KmsOptions,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const { env } = options;
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: env['AWS_ROLE_ARN'] ?? '',
    RoleSessionName: env['AWS_ROLE_SESSION_NAME'] ?? 'sign-policy',
    WebIdentityToken: await readCredentialFile(uri, env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? ''),
  });
  const url = awsUrl('sts', region, env);
  const xml = await sendKms(
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/xml' },
      body: form.toString(),
      uri,
      what: 'assume the role of AWS_ROLE_ARN',
    },
    options,
    signal,
  );
  const read = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1]?.trim();
  return complete(uri, [read('AccessKeyId'), read('SecretAccessKey'), read('SessionToken')]);
}

function containerUrl({ uri }: AwsPlace, { env }: KmsOptions): URL | undefined {
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '';
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  if (relative === '' && full === '') return undefined;
  const url = URL.parse(relative === '' ? full : `${CONTAINER_HOST}${relative}`);
  if (url?.protocol === 'https:') return url;
  if (url !== null && CONTAINER_HOSTS.test(url.hostname)) return url;
  throw kmsFault(
    uri,
    'NO_CREDENTIALS',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that gets no token over http, expected https',
  );
}

async function container(
  { uri }: AwsPlace,
  url: URL,
  { options, signal }: { readonly options: KmsOptions; readonly signal: AbortSignal },
): Promise<AwsCredentials> {
  const { env } = options;
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token =
    file === undefined
      ? env['AWS_CONTAINER_AUTHORIZATION_TOKEN']
      : await readCredentialFile(uri, file);
  const headers: Readonly<Record<string, string>> =
    token === undefined ? {} : { authorization: token };
  const what = 'fetch the credentials of the container';
  const answer = await askKms({ method: 'GET', url, headers, uri, what }, options, signal);
  return complete(uri, [
    stringAt(answer, 'AccessKeyId'),
    stringAt(answer, 'SecretAccessKey'),
    stringAt(answer, 'Token'),
  ]);
}

function complete(
  uri: string,
  [accessKeyId, secretAccessKey, sessionToken]: readonly (string | undefined)[],
): AwsCredentials {
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw kmsFault(
      uri,
      'MALFORMED',
      'found no credentials in the answer of the credential service',
    );
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** Where a service is: as the environment says (for private endpoints), else its regional endpoint. */
export function awsUrl(
  service: 'kms' | 'sts' | 'ecr',
  region: string,
  env: KmsOptions['env'],
): URL {
  const own = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? env['AWS_ENDPOINT_URL'];
  const given = own === undefined ? null : URL.parse(own);
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(
    '/',
    given ?? `https://${service === 'ecr' ? 'api.ecr' : service}.${region}.${domain}`,
  );
}
