/**
 * Kinds that every cluster has outside of namespaces, by their group and version. What else a cluster has of
 * them only the cluster knows.
 */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  v1: ['ComponentStatus', 'Namespace', 'Node', 'PersistentVolume'],
  'admissionregistration.k8s.io/v1': [
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'ValidatingWebhookConfiguration',
  ],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'apiregistration.k8s.io/v1': ['APIService'],
  'certificates.k8s.io/v1': ['CertificateSigningRequest'],
  'flowcontrol.apiserver.k8s.io/v1': ['FlowSchema', 'PriorityLevelConfiguration'],
  'networking.k8s.io/v1': ['IngressClass'],
  'node.k8s.io/v1': ['RuntimeClass'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'storage.k8s.io/v1': ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'],
};

/** `Namespace` and `v1/Namespace`: the two spellings that Kyverno 1.19 compares with. */
export const CLUSTER_KINDS: ReadonlySet<string> = new Set(
  Object.entries(BUILT_IN).flatMap(([version, kinds]) => [
    ...kinds,
    ...kinds.map((kind) => `${version}/${kind}`),
  ]),
);
