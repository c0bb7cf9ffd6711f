import { member, stringAt } from '../base/json-value.ts';
import { decodeBase64 } from '../base/base64.ts';
import { awsCredentials, awsUrl } from '../kms/aws-credentials.ts';
import { kmsFault } from '../kms/kms-fault.ts';
import { askKms } from '../kms/kms-http.ts';
import { signAwsCall } from '../kms/sigv4.ts';
import type { CloudProvider } from './cloud-provider.ts';

const HOST = /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** Elastic Container Registry, GetAuthorizationToken: a user and a password that are good for twelve hours. */
export const amazonRegistry: CloudProvider = {
  name: 'amazon',
  isOwn: (host) => HOST.test(host),
  credential: async (host, options, signal) => {
    const region = HOST.exec(host)?.[1] ?? '';
    const url = awsUrl('ecr', region, options.env);
    const credentials = await awsCredentials({ uri: host, region }, options, signal);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    };
    const call = { host: url.host, region, service: 'ecr', headers, body: '{}' };
    const answer = await askKms(
      {
        method: 'POST',
        url,
        headers: signAwsCall(call, credentials, Date.now()),
        body: call.body,
        uri: host,
        what: 'get an authorization token',
      },
      options,
      signal,
    );
    const data = member(answer, 'authorizationData');
    const token = stringAt(Array.isArray(data) ? data[0] : undefined, 'authorizationToken') ?? '';
    const [, username, password] =
      /^([^:]+):(.+)$/.exec(decodeBase64(token)?.toString() ?? '') ?? [];
    if (username === undefined || password === undefined)
      throw kmsFault(host, 'MALFORMED', 'found no authorization token in the answer');
    return { kind: 'basic', username, password };
  },
};
