/** What an attestor takes from what stands around it. */
export interface AttestorDefaults {
  readonly annotations: Readonly<Record<string, string>>;
  readonly repository: string | undefined;
  /** The entry's type: who makes the signatures, and so what an attestor means. */
  readonly type: SignatureType;
  /** Which keys of one text count: Kyverno 1.19 reads no more than the first for attestations. */
  readonly keysOfText: 'all' | 'first';
  /** Set for namespaced policies. */
  readonly policyNamespace: string | undefined;
}

export const SIGNATURE_TYPES = ['Cosign', 'SigstoreBundle', 'Notary'] as const;

export type SignatureType = (typeof SIGNATURE_TYPES)[number];
