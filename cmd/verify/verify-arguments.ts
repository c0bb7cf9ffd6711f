import type { ClusterArguments } from '../cluster/open-cluster.ts';
import { usageError } from '../input-error.ts';

/** Who must have signed, as flags say it. */
export interface SignerArguments {
  readonly key: string | undefined;
  readonly 'certificate-identity': string | undefined;
  readonly 'certificate-identity-regexp': string | undefined;
  readonly 'certificate-oidc-issuer': string | undefined;
  readonly 'certificate-oidc-issuer-regexp': string | undefined;
  readonly annotations: readonly string[];
  readonly type: string | undefined;
  readonly 'insecure-ignore-tlog': boolean;
  readonly 'insecure-ignore-sct': boolean;
  readonly 'rekor-url': string | undefined;
}

export interface VerifyArguments extends SignerArguments, Omit<ClusterArguments, 'namespace'> {
  readonly _: readonly string[];
  readonly policy: readonly string[];
  readonly namespace: string;
  readonly 'trusted-root': readonly string[];
  readonly 'no-online-log': boolean;
  readonly 'log-url': readonly string[];
  readonly output: string | undefined;
  readonly 'insecure-registry': readonly string[];
  readonly 'registry-ca-file': string | undefined;
}

/** Whether any flag names an identity. */
export function namesIdentity(args: SignerArguments): boolean {
  return (
    args['certificate-identity'] !== undefined ||
    args['certificate-identity-regexp'] !== undefined ||
    args['certificate-oidc-issuer'] !== undefined ||
    args['certificate-oidc-issuer-regexp'] !== undefined
  );
}

/** @throws {InputError} for flags that contradict each other, or leave out what would make them safe. */
export function checkVerifyArguments(args: VerifyArguments): void {
  const ways = [args.key !== undefined, namesIdentity(args), args.policy.length > 0];
  if (ways.filter(Boolean).length > 1)
    throw usageError('--key, --certificate-… and --policy are three ways to verify: give one');
  if (namesIdentity(args)) checkIdentity(args);
  checkCompanions(args);
  const bad = args.annotations.find((pair) => !/^[^=]+=/.test(pair));
  if (bad !== undefined)
    throw usageError(`invalid argument "${bad}" for "--annotations" flag: must be KEY=VALUE`);
}

/** An issuer alone would accept all its users, an identity alone whoever vouches for it (MUST-NOT-HAPPEN 11). */
function checkIdentity(args: SignerArguments): void {
  for (const flag of ['certificate-identity', 'certificate-oidc-issuer'] as const) {
    const given = [args[flag], args[`${flag}-regexp`]].filter((text) => text !== undefined);
    if (given.length === 0)
      throw usageError(`--${flag} or --${flag}-regexp is missing: both name and issuer are needed`);
    if (given.length > 1)
      throw usageError(`--${flag} and --${flag}-regexp say the same: give one of them`);
  }
}

function checkCompanions(args: VerifyArguments): void {
  const namesSigner = args.key !== undefined || namesIdentity(args);
  if (args.annotations.length > 0 && !namesSigner)
    throw usageError(
      '--annotations is for --key and --certificate-identity; a policy names its own annotations',
    );
  if (args.type !== undefined && !namesSigner)
    throw usageError('--type is for --key and --certificate-identity: name who must have signed');
  if (args['rekor-url'] !== undefined) checkLog(args['rekor-url'], namesSigner);
  if (args.policy.length > 0 && (args['insecure-ignore-tlog'] || args['insecure-ignore-sct']))
    throw usageError(
      '--insecure-ignore-… is not for --policy: a policy says itself what it waives',
    );
}

function checkLog(url: string, namesSigner: boolean): void {
  if (!namesSigner)
    throw usageError(
      '--rekor-url is for --key and --certificate-identity; a policy names its own log',
    );
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw usageError(
      `invalid argument "${url}" for "--rekor-url" flag: must be an http or https URL`,
    );
}
