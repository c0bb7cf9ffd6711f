import { createHash, createHmac, createPublicKey } from 'node:crypto';
import type { CloudAnswer, CloudRequest, CloudService } from './stand-in-cloud.ts';

export interface AwsAccount {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsKey {
  readonly pem: string;
  readonly usage?: string;
  readonly algorithms?: readonly string[];
}

/** KMS as far as GetPublicKey goes: the signature of the request is checked as AWS does. */
export function awsKmsService(
  account: AwsAccount,
  keys: Readonly<Record<string, AwsKey>>,
): CloudService {
  return (request) => {
    const refused = checkSignature(request, account, 'kms');
    if (refused !== undefined) return refused;
    if (request.headers['x-amz-target'] !== 'TrentService.GetPublicKey')
      return exception('UnknownOperationException', '');
    const { KeyId: id = '' } = JSON.parse(request.body) as { KeyId?: string };
    const key = keys[id];
    if (key === undefined) return exception('NotFoundException', `Key '${id}' does not exist`);
    const der = createPublicKey(key.pem).export({ format: 'der', type: 'spki' });
    return {
      body: {
        KeyId: id,
        KeyUsage: key.usage ?? 'SIGN_VERIFY',
        PublicKey: der.toString('base64'),
        SigningAlgorithms: key.algorithms ?? ['ECDSA_SHA_256'],
      },
    };
  };
}

/** ECR as far as GetAuthorizationToken goes. */
export function awsEcrService(account: AwsAccount, authorizationToken: string): CloudService {
  return (request) => {
    const refused = checkSignature(request, account, 'ecr');
    if (refused !== undefined) return refused;
    const target = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
    return request.headers['x-amz-target'] === target && request.body === '{}'
      ? { body: { authorizationData: [{ authorizationToken }] } }
      : exception('UnknownOperationException', '');
  };
}

function exception(type: string, message: string): CloudAnswer {
  return { status: 400, body: { __type: type, message } };
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/[a-z]+\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

const SIGNED = ['host', 'x-amz-date', 'x-amz-target', 'content-type'];

function checkSignature(
  request: CloudRequest,
  account: AwsAccount,
  service: string,
): CloudAnswer | undefined {
  const { headers } = request;
  const [, id, day = '', region = '', names = '', signature] =
    AUTHORIZATION.exec(String(headers['authorization'])) ?? [];
  if (id !== account.accessKeyId || headers['x-amz-security-token'] !== account.sessionToken)
    return exception('UnrecognizedClientException', 'The security token is invalid');
  const canonical = canonicalOf(request, names);
  const time = String(headers['x-amz-date']);
  const text = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/${service}/aws4_request\n${hash(canonical)}`;
  const key = signingKey(account, day, service);
  const expected = createHmac('sha256', key).update(text).digest('hex');
  const isComplete = SIGNED.every((name) => names.split(';').includes(name));
  if (signature === expected && isComplete && time.startsWith(day)) return undefined;
  const message = `The request signature does not match.\n\nThe Canonical String was\n${canonical}`;
  return exception('InvalidSignatureException', message);
}

/** From what arrived: method, path, the headers that are said to be signed, and the body's digest. */
function canonicalOf({ headers, method, path, body }: CloudRequest, names: string): string {
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  return `${method}\n${path}\n\n${lines.join('')}\n${names}\n${hash(body)}`;
}

function signingKey({ region, secretAccessKey }: AwsAccount, day: string, service: string): Buffer {
  let key = createHmac('sha256', `AWS4${secretAccessKey}`).update(day).digest();
  for (const part of [region, service, 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest();
  return key;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
