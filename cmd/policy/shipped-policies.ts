/** A policy of `manifests/policies/`, and what of it can be set. */
export interface ShippedPolicy {
  readonly name: string;
  readonly file: string;
  /** Whether it judges the images of certain registries only. */
  readonly takesRegistries: boolean;
  /** Whether it trusts an identity that everybody has to set. */
  readonly takesIdentity: boolean;
  /** Whether it acts in certain namespaces only. */
  readonly takesNamespaces: boolean;
  /** What it does without `--mode`. */
  readonly mode: 'audit' | 'enforce';
}

/** The policies that can be installed by name. */
export const SHIPPED_POLICIES: readonly ShippedPolicy[] = [
  {
    ...shipped('verify-image-signatures'),
    takesRegistries: true,
    mode: 'enforce',
  },
  {
    ...shipped('require-signed-images'),
    takesNamespaces: true,
    mode: 'enforce',
  },
  shipped('audit-unsigned-images'),
  { ...shipped('audit-keyless-signatures'), takesIdentity: false },
];

function shipped(name: string): ShippedPolicy {
  return {
    name,
    file: `policies/${name}/policy.yaml`,
    takesRegistries: false,
    takesIdentity: true,
    takesNamespaces: false,
    mode: 'audit',
  };
}
