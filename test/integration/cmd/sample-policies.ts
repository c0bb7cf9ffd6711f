/** A policy that verifies images of one registry with a public key. */
export function keyPolicy(registry: string, publicKey: string, action = 'Enforce'): string {
  const indented = publicKey.trim().replaceAll('\n', '\n                      ');
  return `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: signed-images
spec:
  rules:
    - name: verify
      match:
        any:
          - resources:
              kinds: [Pod]
      verifyImages:
        - imageReferences: ["${registry}/*"]
          failureAction: ${action}
          mutateDigest: ${action === 'Enforce'}
          attestors:
            - entries:
                - keys:
                    publicKeys: |-
                      ${indented}
                    rekor:
                      ignoreTlog: true
                    ctlog:
                      ignoreSCT: true
`;
}

/** A Pod with one container a line of \`name=image\`. */
export function podYaml(name: string, ...images: readonly string[]): string {
  const containers = images.map((image, index) => `{ name: c${index}, image: "${image}" }`);
  return `---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers: [${containers.join(', ')}]
`;
}
