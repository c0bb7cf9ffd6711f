import type { FailureReason, UnknownReason } from '../verification/verdict.ts';
import type { ImageRecord } from './decision.ts';

const ADVICE: Readonly<Record<FailureReason | UnknownReason, string>> = {
  BAD_REFERENCE: 'correct the image name',
  IMAGE_NOT_FOUND: 'check the name and the tag, and push the image first',
  NO_SIGNATURES:
    'sign this digest (cosign sign --key KEY IMAGE@DIGEST), or run an image that is signed',
  FORMAT_NOT_READ: 'sign the image itself in a format that the policy reads',
  NO_MATCHING_SIGNATURE:
    'sign this digest with a key that the policy names, or add the signer to the policy',
  WRONG_DIGEST: 'sign this very digest: a signature was copied from another image',
  ANNOTATION_MISMATCH:
    'sign again with the annotations that the policy requires (cosign sign -a KEY=VALUE)',
  NOT_IN_LOG:
    'sign with an upload to that transparency log, name the log that has the entry, or waive it in the policy',
  NO_LOG_ENTRY: 'sign with an upload to the transparency log, or waive it in the policy',
  INVALID_LOG_ENTRY: 'sign again: the transparency log entry does not belong to this signature',
  UNTRUSTED_CERTIFICATE:
    'sign with a certificate of an authority that the policy trusts, or add its roots to the policy',
  NO_SIGNING_TIME:
    'sign again with a timestamp or a log that gives a time (cosign does by default), or add the timestamp authority to the policy',
  IDENTITY_MISMATCH:
    'sign as the identity that the policy names, or add the identity to the policy',
  NO_ATTESTATIONS: 'attest this digest (cosign attest --type TYPE --predicate FILE IMAGE@DIGEST)',
  CONDITIONS_NOT_MET:
    'attest what the policy wants to hear of this digest (a newer scan, another builder), or run an image that has it',
  NO_ATTESTORS: 'add attestors to the policy: without any it can never pass',
  MISSING_DIGEST: 'name the image by digest, or let the policy pin it (mutateDigest: true)',
  UNVERIFIED_IMAGE: 'let a policy with attestors verify this image',
  PATTERN_MISMATCH:
    'change the object so that it fits the pattern; a tag is pinned only where a policy verifies its signature',
  RULE_VIOLATED: 'change the object so that it keeps the rule',
  REGISTRY_UNAUTHORIZED:
    'name a pull secret in the pod and let the webhook read it (kubectl sign-policy install --pull-secrets-of NAMESPACE), or log the webhook in itself',
  REGISTRY_DENIED: 'give the credentials that are used the right to pull from this repository',
  REGISTRY_RATE_LIMITED: 'wait; credentials raise most registries’ limits',
  REGISTRY_UNREACHABLE:
    'wait until the registry can be reached from the webhook; the request is tried again',
  REGISTRY_TIMEOUT: 'wait until the registry answers in time; the request is tried again',
  REGISTRY_MALFORMED: 'check the registry, or what stands between it and the webhook',
  NOT_RECORDED: 'record again where the registry can be reached (--record)',
  EVIDENCE_TOO_LARGE: 'remove what is oversized beside the image in its registry',
  UNSUPPORTED_POLICY:
    'change the policy at the field named, or leave it to an engine that supports it',
  LOG_UNAVAILABLE:
    'wait until the transparency log can be reached from the webhook, or sign so that the entry comes along; the request is tried again',
  LOG_REFUSED: 'correct rekor.url in the policy: it must name a transparency log of Rekor v1',
  REVOCATION_UNKNOWN:
    'wait until the authority tells whether the certificate was revoked; the request is tried again',
  REVOCATION_NOT_CHECKED:
    'let revocation be asked for (without --no-revocation), or sign with a certificate that names nobody to ask',
  TRUST_ROOT_UNAVAILABLE:
    'wait until the trust root was fetched, or give one as a file (--trusted-root); the request is tried again',
  KEY_UNAVAILABLE:
    'check that the key exists where the policy says and that the webhook may read it there; the request is tried again',
  UNREADABLE_OBJECT: 'correct the object',
  MATCH_UNKNOWN:
    'correct the condition that is named, or let the webhook read namespaces and role bindings (install does); for dry-run, give the Namespace among the files and the user with --userinfo',
  CONDITIONS_UNKNOWN:
    'provide what the conditions on attestations read beside them: a ConfigMap, an answer to a call, addresses of a host',
  EVALUATION_FAILED:
    'correct the expression in the policy, or provide what it reads: the field of the object, the image, the ConfigMap (for dry-run: among the files), an answer to the call',
  CONTEXT_UNAVAILABLE:
    'wait until what the policy reads can be reached from the webhook, or correct its address in the policy; the request is tried again',
  EVALUATION_TOO_EXPENSIVE: 'make the expression in the policy simpler, or the object smaller',
  DEADLINE_EXCEEDED: 'try again; raise timeoutSeconds of the webhook if it happens often',
  INTERNAL_ERROR: 'report this message as a bug',
};

/** Where signatures of the Notary Project are wanted, which cosign does not make. */
const NOTARY_ADVICE: Readonly<Partial<typeof ADVICE>> = {
  NO_SIGNATURES: 'sign this digest (notation sign IMAGE@DIGEST), or run an image that is signed',
  NO_MATCHING_SIGNATURE:
    'sign this digest with a certificate that the policy trusts, or add its authority to the policy',
  ANNOTATION_MISMATCH:
    'sign again with the annotations that the policy requires (notation sign --user-metadata KEY=VALUE)',
  NO_ATTESTATIONS:
    'attach what the policy wants to this digest and sign it (oras attach --artifact-type TYPE IMAGE@DIGEST FILE, notation sign)',
};

/** What a person can do about a refusal, one sentence. */
export function adviceFor(
  reason: FailureReason | UnknownReason,
  { isNotary = false }: Pick<ImageRecord, 'isNotary'>,
): string {
  return (isNotary ? NOTARY_ADVICE[reason] : undefined) ?? ADVICE[reason];
}
