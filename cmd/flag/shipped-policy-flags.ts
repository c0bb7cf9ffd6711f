import { usageError } from '../input-error.ts';
import { SHIPPED_POLICIES, type ShippedPolicy } from '../policy/shipped-policies.ts';

/** The flags that install policies which come along. */
export const shippedPolicyFlags = {
  policy: {
    kind: 'list',
    value: 'NAME',
    describe:
      'Install a policy that comes along: verify-image-signatures, require-signed-images, audit-unsigned-images, audit-keyless-signatures',
  },
  'policy-registry': {
    kind: 'list',
    value: 'PREFIX',
    describe: 'With --policy: your own images, such as "ghcr.io/acme" or "ghcr.io/acme/*"',
  },
  'policy-identity': {
    kind: 'string',
    value: 'SUBJECT',
    describe:
      'With --policy: who must have signed, such as "https://github.com/acme/shop/.github/workflows/build.yml@refs/heads/main"',
  },
  'policy-issuer': {
    kind: 'string',
    value: 'URL',
    describe: "With --policy: who vouches for that identity (default GitHub Actions' issuer)",
  },
  'policy-namespaces': {
    kind: 'list',
    value: 'NAME',
    describe: 'With --policy require-signed-images: the namespaces that it acts in',
  },
} as const;

export interface ShippedPolicyArguments {
  readonly policy: readonly string[];
  readonly 'policy-registry': readonly string[];
  readonly 'policy-identity': string | undefined;
  readonly 'policy-issuer': string | undefined;
  readonly 'policy-namespaces': readonly string[];
}

/** What comes along trusts nobody that its user knows: whom to trust has to be said. */
export function validateShippedPolicyFlags(
  args: ShippedPolicyArguments & { readonly mode: string | undefined },
): void {
  for (const name of args.policy) validateName(name, args.mode);
  const isChosen = (takes: (policy: ShippedPolicy) => boolean): boolean =>
    SHIPPED_POLICIES.some((policy) => args.policy.includes(policy.name) && takes(policy));
  const rows = [
    {
      flag: 'policy-registry',
      isGiven: args['policy-registry'].length > 0,
      isWanted: isChosen(({ takesRegistries }) => takesRegistries),
      isRequired: true,
    },
    {
      flag: 'policy-identity',
      isGiven: args['policy-identity'] !== undefined,
      isWanted: isChosen(({ takesIdentity }) => takesIdentity),
      isRequired: true,
    },
    {
      flag: 'policy-issuer',
      isGiven: args['policy-issuer'] !== undefined,
      isWanted: isChosen(({ takesIdentity }) => takesIdentity),
      isRequired: false,
    },
    {
      flag: 'policy-namespaces',
      isGiven: args['policy-namespaces'].length > 0,
      isWanted: isChosen(({ takesNamespaces }) => takesNamespaces),
      isRequired: false,
    },
  ];
  for (const { flag, isGiven, isWanted, isRequired } of rows) {
    if (isGiven && !isWanted)
      throw usageError(`--${flag} is for a policy of --policy that takes it; none is given`);
    if (isWanted && isRequired && !isGiven)
      throw usageError(`--policy ${args.policy.join(', --policy ')} needs --${flag}`);
  }
}

function validateName(wanted: string, mode: string | undefined): void {
  const policy = SHIPPED_POLICIES.find(({ name }) => name === wanted);
  if (policy === undefined)
    throw usageError(
      `unknown policy "${wanted}" for "--policy" flag: must be one of ${SHIPPED_POLICIES.map(({ name }) => name).join(', ')}`,
    );
  // Made for a look: it lets everything in, whatever it finds.
  if (mode === 'enforce' && policy.mode !== mode)
    throw usageError(
      `--mode enforce is not for --policy ${wanted}, which only tells: choose one that refuses`,
    );
}
