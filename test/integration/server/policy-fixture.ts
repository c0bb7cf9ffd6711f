/** A policy as people write it; refuses every Pod whose image has no digest. */
export const POLICY: string = policyText('pinned');

export function policyText(name: string, message = 'Image must be signed.'): string {
  return `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: ${name}
spec:
  rules:
    - name: digest
      match:
        any:
          - resources:
              kinds: [Pod]
      validate:
        failureAction: Enforce
        message: ${message}
        pattern:
          spec:
            containers:
              - image: "*@sha256:*"
`;
}
