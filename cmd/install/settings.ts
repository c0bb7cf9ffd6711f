import { X509Certificate } from 'node:crypto';
import type { JsonObject } from '#shared/base/json-value.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { Context } from '../context.ts';
import { type InputText, readInputs, readTextFile } from '../file/read-inputs.ts';
import { readPublicKeys } from '../file/read-public-keys.ts';
import { loadPolicies } from '../file/load-policies.ts';
import { InputError, usageError } from '../input-error.ts';
import { formatYaml } from '../print/yaml.ts';
import type { InstallArguments } from './arguments.ts';
import { readyPolicy } from '../policy/ready-policy.ts';
import { registryPattern } from '../policy/registry-pattern.ts';
import { SHIPPED_POLICIES } from '../policy/shipped-policies.ts';
import { shippedPolicy } from '../policy/shipped-policy.ts';
import { checkPatterns } from './check-patterns.ts';
import { readTrustedRootFile } from './trusted-root.ts';

/** How API servers reach the webhook. */
export type WebhookAddress =
  | { readonly kind: 'service' }
  | {
      readonly kind: 'url';
      /** Without a slash at its end. */
      readonly url: string;
      /** PEM; undefined where the webhook's certificate is publicly trusted or it registers its own. */
      readonly authorities: string | undefined;
    };

/** Everything that files and flags say, read and found good: nothing after this is about bad input. */
export interface InstallSettings {
  readonly policies: readonly { readonly policy: Policy; readonly document: JsonObject }[];
  readonly warnings: readonly string[];
  readonly address: WebhookAddress;
  /** Text of `trusted_root.json`; undefined for Sigstore's public one. */
  readonly trustedRoot: string | undefined;
}

const DEFAULT_POLICY_NAME = 'signed-images';

/**
 * Reads and checks all input.
 * @throws {InputError} naming file, line or flag.
 */
export async function readSettings(
  args: InstallArguments,
  context: Context,
): Promise<InstallSettings> {
  const address = await readAddress(args);
  const file = args['trusted-root'];
  const trustedRoot = file === undefined ? undefined : await readTrustedRootFile(file);
  const { streams } = context;
  const inputs: InputText[] = [
    ...(await readInputs(args.filename, { recursive: args.recursive, streams })),
    ...(await madePolicy(args, context)),
    ...shippedPolicies(args),
  ];
  if (inputs.length === 0) return { policies: [], warnings: [], address, trustedRoot };
  const { policies, documents, exceptions, warnings } = loadPolicies(inputs);
  const left = exceptions.map(
    ({ namespace, name }) =>
      `PolicyException ${namespace}/${name} is not installed: apply it with kubectl, and name its namespace with --exception-namespace`,
  );
  const pairs = policies.map((policy, index) => ({
    policy,
    document: documents[index]?.value as JsonObject,
  }));
  return { policies: pairs, warnings: [...warnings, ...left], address, trustedRoot };
}

async function madePolicy(
  args: InstallArguments,
  { streams }: Context,
): Promise<readonly InputText[]> {
  if (args.key === undefined) return [];
  checkPatterns('images', args.images);
  const publicKeys = await readPublicKeys(args.key, streams);
  const policy = readyPolicy({
    name: args['policy-name'] ?? DEFAULT_POLICY_NAME,
    publicKeys,
    images: args.images,
    mode: args.mode === 'audit' ? 'audit' : 'enforce',
  });
  return [{ origin: '--key and --images', text: formatYaml(policy) }];
}

function shippedPolicies(args: InstallArguments): readonly InputText[] {
  checkPatterns('policy-registry', args['policy-registry'], registryPattern);
  const options = {
    registries: args['policy-registry'],
    identity: args['policy-identity'],
    issuer: args['policy-issuer'],
    namespaces: args['policy-namespaces'],
    mode: args.mode === 'audit' ? ('audit' as const) : undefined,
  };
  return SHIPPED_POLICIES.filter(({ name }) => args.policy.includes(name)).map((policy) => ({
    origin: `--policy ${policy.name}`,
    text: formatYaml(shippedPolicy(policy, options)),
  }));
}

async function readAddress(args: InstallArguments): Promise<WebhookAddress> {
  const written = args['webhook-url'];
  if (written === undefined) return { kind: 'service' };
  const file = args['ca-file'];
  return {
    kind: 'url',
    url: checkUrl(written),
    authorities: file === undefined ? undefined : checkAuthorities(await readTextFile(file), file),
  };
}

/** What the API server accepts: https, without user, query and fragment. */
function checkUrl(written: string): string {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const isGood =
    url?.protocol === 'https:' && url.username === '' && url.search === '' && url.hash === '';
  if (isGood) return url.href.replace(/\/+$/, '');
  throw usageError(
    `invalid argument "${written}" for "--webhook-url" flag: must be https://HOST:PORT, without user, query and fragment`,
  );
}

function checkAuthorities(pem: string, file: string): string {
  try {
    void new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new InputError(
      'KEY',
      `Cannot use CA file "${file}": expected PEM certificates, found none`,
      {
        cause,
      },
    );
  }
}
