import assert from 'node:assert/strict';
import type { JsonObject } from '#shared/base/json-value.ts';
import { parseDocuments } from '#shared/document/parse-documents.ts';
import type { Policy } from '#shared/policy/model.ts';
import { readPolicy } from '#shared/policy/read-policy.ts';

/** Reads policies from YAML; an error fault fails the test. */
export function policiesFrom(yaml: string): readonly Policy[] {
  return parseDocuments(yaml, 'test.yaml').map(({ value }) => {
    const read = readPolicy(value as JsonObject);
    assert.ok(read?.policy, `not a policy: ${JSON.stringify(read?.faults)}`);
    return read.policy;
  });
}

/** A PEM as a YAML block, indented for {@link verifyPolicy}. */
export function indentPem(pem: string, spaces: number): string {
  return pem
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n');
}

export interface VerifyPolicyOptions {
  readonly images: string;
  readonly keys: readonly string[];
  readonly name?: string;
  readonly action?: 'Enforce' | 'Audit';
  /** Lines added to the verifyImages entry, `mutateDigest: false`. */
  readonly entry?: readonly string[];
  /** Lines added to the spec. */
  readonly spec?: readonly string[];
  readonly count?: number;
}

/** A ClusterPolicy that verifies images with public keys, as users copy it from the documentation. */
export function verifyPolicy(options: VerifyPolicyOptions): string {
  const {
    images,
    keys,
    name = 'verify-images',
    action = 'Enforce',
    entry = [],
    spec = [],
    count,
  } = options;
  const entries = keys.flatMap((pem) => [
    '                - keys:',
    '                    publicKeys: |-',
    indentPem(pem, 22),
    '                    rekor:',
    '                      ignoreTlog: true',
    '                    ctlog:',
    '                      ignoreSCT: true',
  ]);
  return [
    'apiVersion: kyverno.io/v1',
    'kind: ClusterPolicy',
    `metadata: { name: ${name} }`,
    'spec:',
    `  validationFailureAction: ${action}`,
    ...spec.map((line) => `  ${line}`),
    '  rules:',
    '    - name: check-signature',
    '      match:',
    '        any:',
    '          - resources:',
    '              kinds: [Pod]',
    '      verifyImages:',
    '        - imageReferences:',
    `            - "${images}"`,
    ...entry.map((line) => `          ${line}`),
    '          attestors:',
    `            - ${count === undefined ? '' : `count: ${count}\n              `}entries:`,
    ...entries,
  ].join('\n');
}

export interface ExtractingPolicyOptions extends VerifyPolicyOptions {
  readonly kinds?: string;
  /** The inside of `imageExtractors`; undefined for none. */
  readonly extractors: string | undefined;
}

/** The same for objects of other kinds, `Task` by default, with images at the places that extractors name. */
export function extractingPolicy({
  kinds = 'Task',
  extractors,
  ...options
}: ExtractingPolicyOptions): string {
  const given = extractors === undefined ? '' : `      imageExtractors: { ${extractors} }\n`;
  return verifyPolicy(options)
    .replace('kinds: [Pod]', `kinds: [${kinds}]`)
    .replace('      verifyImages:', `${given}      verifyImages:`);
}

/** The policy of the introduction to policy engines that users start with, word for word. */
export const DIGEST_PATTERN_POLICY = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: verify-image-signature
spec:
  validationFailureAction: enforce  # Ensures the policy is enforced (not just audited)
  rules:
    - name: check-image-signature
      match:
        resources:
          kinds:
            - Pod
      validate:
        message: "Image must be signed."
        pattern:
          spec:
            containers:
              - image: "*@sha256:*"   # This ensures the image is referenced by digest, implying it's signed
`;
