import { type JsonValue, member, stringAt } from '../base/json-value.ts';
import type { KeyProvider, KeySourceErrorCode } from '../trust/key-source.ts';
import { awsCredentials, awsUrl } from './aws-credentials.ts';
import { keyPem } from './key-pem.ts';
import { hashOfAlgorithm } from './signing-hash.ts';
import { kmsFault } from './kms-fault.ts';
import { askKms, type Environment, type KmsOptions } from './kms-http.ts';
import { KMS_KEEP_MS } from './kms-keep.ts';
import { signAwsCall } from './sigv4.ts';

/**
 * cosign's form: an endpoint or nothing, then an identifier, its ARN, an alias or the alias's ARN. Keys that
 * exist in several regions start with `mrk-`.
 */
const UUID = '(?:mrk-)?[A-Fa-f0-9]{8}-?(?:[A-Fa-f0-9]{4}-?){3}[A-Fa-f0-9]{12}';
const ARN = 'arn:aws[a-z-]*:kms:([a-z0-9-]+):\\d{12}:';
const ALIAS = 'alias/[\\w/-]+';
const REFERENCE = new RegExp(
  `^awskms://([A-Za-z0-9.:\\[\\]-]*)/(${UUID}|${ALIAS}|${ARN}(?:key/${UUID}|${ALIAS}))$`,
);

/** Exceptions of GetPublicKey, all of them with status 400. */
const ERRORS: ReadonlyMap<string, KeySourceErrorCode> = new Map([
  ['NotFoundException', 'NOT_FOUND'],
  ['AccessDenied', 'FORBIDDEN'],
  ['InvalidSignature', 'FORBIDDEN'],
  ['UnrecognizedClient', 'FORBIDDEN'],
  ['ExpiredToken', 'FORBIDDEN'],
  ['Throttling', 'RATE_LIMITED'],
  ['DependencyTimeout', 'UNREACHABLE'],
  ['KMSInternal', 'UNREACHABLE'],
]);

/** `awskms://[ENDPOINT]/ID|ARN|alias/NAME`; the right `kms:GetPublicKey` is enough. */
export function awsKms(options: KmsOptions): KeyProvider {
  return {
    scheme: 'awskms',
    keepMs: KMS_KEEP_MS,
    async fetch(uri, signal) {
      const { keyId, region, url } = readReference(uri, options.env);
      const credentials = await awsCredentials({ uri, region }, options, signal);
      const body = JSON.stringify({ KeyId: keyId });
      const headers = signAwsCall(
        {
          host: url.host,
          region,
          service: 'kms',
          headers: {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': 'TrentService.GetPublicKey',
          },
          body,
        },
        credentials,
        Date.now(),
      );
      const what = 'get the public key';
      const request = { method: 'POST', url, headers, body, uri, what, errors: ERRORS } as const;
      const answer = await askKms(request, options, signal);
      const usage = stringAt(answer, 'KeyUsage');
      if (usage !== 'SIGN_VERIFY')
        throw kmsFault(uri, 'MALFORMED', `the key is for ${usage}, expected SIGN_VERIFY`);
      const der = Buffer.from(stringAt(answer, 'PublicKey') ?? '', 'base64');
      // cosign signs with the first.
      const algorithms = member(answer, 'SigningAlgorithms');
      const [algorithm] = Array.isArray(algorithms) ? (algorithms as readonly JsonValue[]) : [];
      return { pem: keyPem(uri, { kind: 'spki', der }), hash: hashOfAlgorithm(algorithm) };
    },
  };
}

function readReference(
  uri: string,
  env: Environment,
): { readonly keyId: string; readonly region: string; readonly url: URL } {
  const [, endpoint = '', keyId, ofArn] = REFERENCE.exec(uri) ?? [];
  const given = endpoint === '' ? undefined : URL.parse(`https://${endpoint}/`);
  if (keyId === undefined || given === null)
    throw kmsFault(uri, 'BAD_REFERENCE', 'expected awskms://[ENDPOINT]/[ID, ARN or alias/NAME]');
  const region = ofArn ?? regionOf(uri, env);
  return { keyId, region, url: given ?? awsUrl('kms', region, env) };
}

function regionOf(uri: string, env: Environment): string {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? '';
  if (/^[a-z0-9-]+$/.test(region)) return region;
  throw kmsFault(uri, 'NO_CREDENTIALS', 'found no region, expected an ARN or AWS_REGION');
}
