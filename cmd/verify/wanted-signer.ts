import { messageOf } from '#shared/base/coded-error.ts';
import { compileRegexp } from '#shared/base/regexp.ts';
import type { Attestor, AttestorSet, VerifyImagesEntry } from '#shared/policy/model.ts';
import { predicateTypeOf } from '#shared/signature/predicate-types.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { regexpWarnings, type TextMatcher, textMatcher } from '#shared/trust/text-matcher.ts';
import type { Context } from '../context.ts';
import { readPublicKeys } from '../file/read-public-keys.ts';
import { usageError } from '../input-error.ts';
import type { SignerArguments } from './verify-arguments.ts';

const NO_TIMESTAMPS = { authorities: undefined, required: 0 } as const;

/** cosign's references to keys that live elsewhere. */
const KEY_REFERENCE = /^(?:awskms|azurekms|gcpkms|hashivault|k8s):\/\//;

/** Keys of logs come from the trust root; this only names the log that is meant. */
const PUBLIC_LOG = 'https://rekor.sigstore.dev';

/**
 * What the flags ask of an image, in the engine's words.
 * @throws {InputError} for a key file or a pattern that cannot be used.
 */
export async function wantedSigner(
  args: SignerArguments,
  context: Context,
): Promise<VerifyImagesEntry> {
  const entries =
    args.key === undefined
      ? [identityAttestor(args, context)]
      : await keyAttestors(args.key, args, context);
  const set: AttestorSet = { path: 'flags', count: 1, entries };
  const wanted =
    args.type === undefined
      ? { attestors: [set] }
      : { attestors: [], attestations: [attestation(args.type, set)] };
  return {
    path: 'flags',
    imageReferences: ['*'],
    skipImageReferences: [],
    formats: 'any',
    mutateDigest: true,
    verifyDigest: true,
    required: true,
    ...wanted,
  };
}

/** Pairs of `--annotations`, whose form was checked. */
function annotationsOf({ annotations }: SignerArguments): Readonly<Record<string, string>> {
  return Object.fromEntries(
    annotations.map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function logRequirement(
  args: Pick<SignerArguments, 'insecure-ignore-tlog'> & Partial<Pick<SignerArguments, 'rekor-url'>>,
): Extract<Attestor, { kind: 'key' }>['log'] {
  if (args['insecure-ignore-tlog']) return { kind: 'ignored' };
  const url = args['rekor-url'];
  return url === undefined
    ? { kind: 'required', url: PUBLIC_LOG, publicKeys: [] }
    : { kind: 'required', url, publicKeys: [], lookup: 'any' };
}

async function keyAttestors(
  path: string,
  args: SignerArguments,
  { streams }: Context,
): Promise<readonly Attestor[]> {
  const shared = {
    path: '--key',
    log: logRequirement(args),
    annotations: annotationsOf(args),
    repository: undefined,
    timestamps: NO_TIMESTAMPS,
  };
  if (KEY_REFERENCE.test(path))
    return [{ kind: 'key-reference', uri: path, hash: undefined, ...shared }];
  const keys = parsePublicKeys(await readPublicKeys(path, streams));
  return keys.map((key) => ({ kind: 'key', key, ...shared }));
}

function identityAttestor(args: SignerArguments, context: Context): Attestor {
  const subject = matcherOf(args, 'certificate-identity', context);
  const issuer = matcherOf(args, 'certificate-oidc-issuer', context);
  return {
    ...anyCertificate(args),
    path: '--certificate-identity',
    annotations: annotationsOf(args),
    identities: [{ subjects: [subject], issuers: [issuer], extensions: {} }],
  };
}

/** A certificate of the trust root's authorities, whoever it names: says who signed, never that it is enough. */
export function anyCertificate(
  args: Pick<SignerArguments, 'insecure-ignore-tlog' | 'insecure-ignore-sct'> &
    Partial<Pick<SignerArguments, 'rekor-url'>>,
): Extract<Attestor, { kind: 'keyless' }> {
  return {
    kind: 'keyless',
    path: 'certificate',
    log: logRequirement(args),
    sct: args['insecure-ignore-sct'] ? { kind: 'ignored' } : { kind: 'required', publicKeys: [] },
    timestamps: NO_TIMESTAMPS,
    trustRoot: undefined,
    annotations: {},
    repository: undefined,
    identities: [{ subjects: [textMatcher('wildcard', '*')], issuers: [], extensions: {} }],
    authorities: undefined,
  };
}

function matcherOf(
  args: SignerArguments,
  flag: 'certificate-identity' | 'certificate-oidc-issuer',
  context: Context,
): TextMatcher {
  const expression = args[`${flag}-regexp`];
  if (expression === undefined) return textMatcher('exact', args[flag] ?? '');
  try {
    const warnings = regexpWarnings(compileRegexp(expression), `--${flag}-regexp`);
    for (const { path, message } of warnings) context.warn(`${path}: ${message}`);
    return textMatcher('regexp', expression);
  } catch (cause) {
    throw usageError(`invalid argument for "--${flag}-regexp" flag: ${messageOf(cause)}`);
  }
}

function attestation(
  type: string,
  set: AttestorSet,
): NonNullable<VerifyImagesEntry['attestations']>[number] {
  return {
    path: '--type',
    name: undefined,
    predicateType: predicateTypeOf(type),
    attestors: [set],
  };
}
