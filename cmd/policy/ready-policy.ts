import type { JsonObject } from '#shared/base/json-value.ts';

export interface ReadyPolicyOptions {
  readonly name: string;
  /** PEM, one public key or several; a signature by any of them is enough. */
  readonly publicKeys: string;
  /** Image patterns, `ghcr.io/acme/*`. */
  readonly images: readonly string[];
  readonly mode: 'audit' | 'enforce';
  /** What the signed payload has to say. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * A complete policy for images that are signed with a key. It is of our own kind, so that Kyverno, where it
 * runs, does not verify the same images a second time. In audit mode it does not pin: Kyverno refuses the
 * two together, and the policy should be one that can be moved there unchanged.
 */
export function readyPolicy(options: ReadyPolicyOptions): JsonObject {
  const { name, publicKeys, images, mode, annotations = {} } = options;
  const isEnforced = mode === 'enforce';
  const keys = {
    publicKeys,
    // A signature by a key that is held by its owner needs no public log to prove when it was made.
    rekor: { ignoreTlog: true },
    ctlog: { ignoreSCT: true },
  };
  const extra = Object.keys(annotations).length === 0 ? {} : { annotations };
  return {
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'ClusterSignPolicy',
    metadata: { name },
    spec: {
      rules: [
        {
          name: 'verify-signature',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          verifyImages: [
            {
              imageReferences: images,
              failureAction: isEnforced ? 'Enforce' : 'Audit',
              attestors: [{ count: 1, entries: [{ keys, ...extra }] }],
              mutateDigest: isEnforced,
              verifyDigest: isEnforced,
              required: true,
            },
          ],
        },
      ],
    },
  };
}
