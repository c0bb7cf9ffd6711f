import { systemClock } from '#shared/base/clock.ts';
import { formatReference, withDigest } from '#shared/image/format-reference.ts';
import type { ImageReference } from '#shared/image/reference.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { RekorLookup } from '#shared/log/rekor-lookup.ts';
import type { VerifyImagesEntry } from '#shared/policy/model.ts';
import type { Registry } from '#shared/registry/registry.ts';
import type { LogLookup } from '#shared/signature/log-lookup.ts';
import type { KeySource } from '#shared/trust/key-source.ts';
import { type TrustRoots, NO_TRUST_ROOTS } from '#shared/trust/trust-roots.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import { verdictOfError } from '#shared/verification/registry-verdict.ts';
import type { Verdict } from '#shared/verification/verdict.ts';
import type { Context } from '../context.ts';
import { imageArgument } from '../image-argument.ts';
import { openRegistry } from '../open-registry.ts';
import { openUserLogs } from '../user-logs.ts';
import { openUserKeys } from '../user-keys.ts';
import { openTrustRoots } from '../trust-roots.ts';
import type { VerificationOutcome, VerificationResult } from './report.ts';
import type { VerifyArguments } from './verify-arguments.ts';
import { wantedSigner } from './wanted-signer.ts';

/** Verifies an image by who must have signed it, as the flags say. */
export async function verifySigner(
  args: VerifyArguments,
  context: Context,
): Promise<VerificationResult> {
  const reference = imageArgument(args._[0] ?? '');
  const entry = await wantedSigner(args, context);
  const trustRoots = needsTrustRoot(args) ? await openTrustRoots(args, context) : NO_TRUST_ROOTS;
  const registry = await openRegistry(args, context.env);
  const keySource = openUserKeys(context.env, await clusterFor(args, context));
  const logLookup = new RekorLookup({
    fetcher: openUserLogs(context.env),
    clock: systemClock,
    listed: [],
  });
  const verdict = await judge({ reference, registry, trustRoots, keySource, logLookup }, entry);
  return resultOf(reference, args, verdict);
}

/** The cluster is asked only where the key is in one of its Secrets. */
async function clusterFor(args: VerifyArguments, { env }: Context): Promise<Kube | undefined> {
  if (args.key?.startsWith('k8s://') !== true) return undefined;
  const { openCluster } = await import('../cluster/open-cluster.ts');
  return await openCluster(args, env);
}

/** A key without a log needs nobody else to be believed. */
function needsTrustRoot(args: VerifyArguments): boolean {
  return args.key === undefined || !args['insecure-ignore-tlog'] || args['trusted-root'].length > 0;
}

async function judge(
  {
    reference,
    registry,
    ...believed
  }: {
    reference: ImageReference;
    registry: Registry;
    trustRoots: TrustRoots;
    keySource: KeySource;
    logLookup: LogLookup;
  },
  entry: VerifyImagesEntry,
): Promise<Verdict> {
  const verifier = new ImageVerifier({ clock: systemClock, ...believed });
  try {
    const image = await verifier.resolve(registry, reference, undefined);
    return await verifier.verify(image, entry);
  } catch (error) {
    return verdictOfError(reference.written, error, undefined);
  }
}

function resultOf(
  reference: ImageReference,
  args: VerifyArguments,
  verdict: Verdict,
): VerificationResult {
  const digest = verdict.digest ?? null;
  const isVerified = verdict.kind === 'pass' && verdict.signatures.length > 0;
  return {
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'VerificationResult',
    image: reference.written,
    outcome: outcomeOf(verdict),
    digest,
    pinned:
      verdict.digest !== undefined && isVerified
        ? formatReference(withDigest(reference, verdict.digest))
        : null,
    signatures: verdict.kind === 'pass' ? verdict.signatures : [],
    rules: [
      {
        policy: 'flags',
        rule: args.key === undefined ? '--certificate-identity' : '--key',
        result: verdict.kind,
        message: inFlags(verdict.message),
        details: 'details' in verdict ? verdict.details : [],
      },
    ],
  };
}

/** Nothing but a signature that was found good verifies an image (MUST-NOT-HAPPEN 21). */
function outcomeOf(verdict: Verdict): VerificationOutcome {
  if (verdict.kind === 'error') return 'unknown';
  return verdict.kind === 'pass' && verdict.signatures.length > 0 ? 'verified' : 'refused';
}

/** The engine names the policy's field; on a command line it is a flag. */
function inFlags(message: string): string {
  return message.replaceAll(
    'which the policy requires (rekor.ignoreTlog: true would waive it)',
    'which is required (--insecure-ignore-tlog would waive it)',
  );
}
