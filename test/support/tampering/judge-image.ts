import type { Digest } from '#shared/base/digest.ts';
import type {
  Attestor,
  AttestorSet,
  CertificateAttestor,
  KeyAttestor,
  KeylessAttestor,
} from '#shared/policy/model.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { textMatcher } from '#shared/trust/text-matcher.ts';
import type { DiscoveredSignatures } from '#shared/signature/signed-entity.ts';
import type { TrustMaterial } from '#shared/trust/trust-material.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { evaluateAttestors } from '#shared/verification/evaluate-attestors.ts';
import type { EvidencePurpose } from '#shared/verification/evidence.ts';
import { EvidenceCache } from '#shared/verification/evidence-cache.ts';
import type { SignatureFact } from '#shared/verification/verdict.ts';
import { DEFAULT_ISSUER, DEFAULT_SUBJECT } from '../sigstore/fulcio.ts';
import type { SigningKey } from '../sigstore/signing-key.ts';
import type { TrustedRootJson } from '../sigstore/trusted-root.ts';
import { type Image, discover } from './discovered.ts';

const USUAL = {
  path: 'entry',
  log: { kind: 'required', url: 'https://rekor.test', publicKeys: [] },
  sct: { kind: 'required', publicKeys: [] },
  timestamps: { authorities: undefined, required: 0 },
  trustRoot: undefined,
  annotations: {},
  repository: undefined,
} as const;

/** An attestor for the identity that the double's certificates have, with all checks on. */
export function keylessAttestor(more: Partial<KeylessAttestor> = {}): KeylessAttestor {
  const identity = {
    subjects: [textMatcher('exact', DEFAULT_SUBJECT)],
    issuers: [textMatcher('exact', DEFAULT_ISSUER)],
    extensions: {},
  };
  return { ...USUAL, kind: 'keyless', identities: [identity], authorities: undefined, ...more };
}

export function certificateAttestor(more: Partial<CertificateAttestor>): CertificateAttestor {
  return {
    ...USUAL,
    kind: 'certificate',
    certificate: undefined,
    authorities: undefined,
    identities: undefined,
    ...more,
  };
}

export function keyAttestor(signer: SigningKey, more: Partial<KeyAttestor> = {}): KeyAttestor {
  const [key] = parsePublicKeys(signer.publicKeyPem);
  if (key === undefined) throw new TypeError('no key');
  return { ...USUAL, kind: 'key', key, ...more };
}

export interface JudgeOptions {
  readonly root: TrustedRootJson | TrustMaterial;
  readonly attestors: readonly Attestor[];
  readonly count?: AttestorSet['count'];
  readonly purpose?: EvidencePurpose;
  readonly now?: Date;
}

/** What comes out for an image: satisfied with facts, or the most exact code and the words. */
export interface Judged {
  /** "satisfied", an evidence code, or the reason where there is no code. */
  readonly verdict: string;
  readonly facts: readonly SignatureFact[];
  readonly words: string;
}

/** Long after all certificates of the double's signers have ended: only their signing times count. */
export const MUCH_LATER: Date = new Date('2026-11-01T00:00:00Z');

/** Judges what is attached to an image as the product does, from the registry on. */
export async function judgeImage(image: Image, options: JudgeOptions): Promise<Judged> {
  const { kind } = options.purpose ?? A_SIGNATURE;
  const found = await discover(image, kind === 'signature' ? 'signatures' : 'attestations');
  return judgeFound(found, image.subject.digest, options);
}

const A_SIGNATURE: EvidencePurpose = { kind: 'signature', acceptsAnyStatement: false };

/** Judges what was found for a digest, with nothing remembered from before. */
export function judgeFound(
  found: DiscoveredSignatures,
  digest: Digest,
  options: JudgeOptions,
): Judged {
  const purpose = options.purpose ?? A_SIGNATURE;
  const set = { path: 'set', count: options.count ?? 1, entries: options.attestors };
  const outcome = evaluateAttestors(set, {
    digest,
    formats: 'any',
    purpose,
    signaturesIn: () => found,
    cache: new EvidenceCache(),
    trustRoot: () => trustMaterialOf(options.root),
    now: (options.now ?? MUCH_LATER).getTime(),
  });
  if (outcome.kind === 'satisfied')
    return { verdict: 'satisfied', facts: outcome.facts, words: '' };
  const [first] = outcome.failures;
  const words = [
    ...outcome.failures.map(({ message }) => message),
    ...found.oddities.map(({ message }) => message),
  ].join('; ');
  return { verdict: first?.code ?? first?.reason ?? 'nothing', facts: [], words };
}

const materials = new WeakMap<TrustedRootJson, TrustMaterial>();

/** A trust root as the product reads it, once for each document. */
export function trustMaterialOf(root: TrustedRootJson | TrustMaterial): TrustMaterial {
  if ('hash' in root) return root;
  const material = materials.get(root) ?? readTrustedRoot(JSON.stringify(root)).material;
  materials.set(root, material);
  return material;
}
