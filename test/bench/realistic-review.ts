import type { JsonObject } from '#shared/base/json-value.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';

/**
 * The review that an API server sends for a Pod of a Deployment with one container: everything defaulted,
 * with the volume of the service account's token and the managed fields, about 5 kB.
 */
export function realisticReview(image: string): JsonObject {
  const mount = {
    name: 'kube-api-access-x7k2p',
    readOnly: true,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  };
  const probe = {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  };
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'web-5c8d7f9b6d',
    uid: '0b0c6b3e-1f0a-4a57-9c39-0d1d2f4c5a11',
    controller: true,
    blockOwnerDeletion: true,
  };
  const object: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'web-5c8d7f9b6d-',
      namespace: 'prod',
      creationTimestamp: null,
      labels: {
        app: 'web',
        'app.kubernetes.io/part-of': 'shop',
        'pod-template-hash': '5c8d7f9b6d',
      },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '8080',
        'checksum/config': 'c1b2a3'.repeat(10),
      },
      ownerReferences: [owner],
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-01-01T00:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: managedFields(),
        },
      ],
    },
    spec: {
      volumes: [
        { name: 'config', configMap: { name: 'web-config', defaultMode: 420 } },
        {
          name: mount.name,
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              {
                configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
              },
              {
                downwardAPI: {
                  items: [
                    {
                      path: 'namespace',
                      fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
                    },
                  ],
                },
              },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [
        {
          name: 'web',
          image,
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          env: Array.from({ length: 12 }, (_, index) => ({
            name: `SETTING_${index}`,
            value: `value of setting ${index}`,
          })),
          resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
          volumeMounts: [{ name: 'config', mountPath: '/etc/web' }, mount],
          livenessProbe: probe,
          readinessProbe: probe,
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
          securityContext: {
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'web',
      serviceAccount: 'web',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((condition) => ({
        key: `node.kubernetes.io/${condition}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  };
  const groups = [
    'system:serviceaccounts',
    'system:serviceaccounts:kube-system',
    'system:authenticated',
  ];
  return {
    ...reviewRequest(object),
    namespace: 'prod',
    userInfo: {
      username: 'system:serviceaccount:kube-system:replicaset-controller',
      uid: 'b1c2',
      groups,
    },
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  };
}

function managedFields(): JsonObject {
  const fields = (...names: readonly string[]): JsonObject =>
    Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
  const container = {
    '.': {},
    ...fields(
      'image',
      'imagePullPolicy',
      'name',
      'ports',
      'resources',
      'securityContext',
      'terminationMessagePath',
      'terminationMessagePolicy',
      'volumeMounts',
      'livenessProbe',
      'readinessProbe',
      'env',
    ),
  };
  return {
    'f:metadata': { ...fields('annotations', 'generateName', 'labels', 'ownerReferences') },
    'f:spec': {
      'f:containers': { 'k:{"name":"web"}': container },
      ...fields(
        'dnsPolicy',
        'enableServiceLinks',
        'restartPolicy',
        'schedulerName',
        'securityContext',
        'serviceAccount',
        'serviceAccountName',
        'terminationGracePeriodSeconds',
        'volumes',
      ),
    },
  };
}
