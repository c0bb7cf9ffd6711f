/** A Kubernetes object as `kubectl apply -f -` takes it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** The policy of the usual tutorials: every container by digest. */
export function digestPolicy(): Manifest {
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'verify-image-signature' },
    spec: {
      validationFailureAction: 'enforce',
      rules: [
        {
          name: 'check-image-signature',
          match: { resources: { kinds: ['Pod'] } },
          validate: {
            message: 'Image must be signed.',
            pattern: { spec: { containers: [{ image: '*@sha256:*' }] } },
          },
        },
      ],
    },
  };
}

export interface KeyPolicyOptions {
  readonly host: string;
  readonly publicKey: string;
  /** Default `Enforce`. */
  readonly action?: 'Enforce' | 'Audit';
}

/** Verifies the shop's images with its key. */
export function keyPolicy({ host, publicKey, action = 'Enforce' }: KeyPolicyOptions): Manifest {
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'shop-images' },
    spec: {
      validationFailureAction: action,
      rules: [
        {
          name: 'signed-by-the-shop',
          match: { any: [{ resources: { kinds: ['Pod'] } }] },
          verifyImages: [
            {
              imageReferences: [`${host}/shop/*`],
              mutateDigest: action === 'Enforce',
              attestors: [
                {
                  entries: [
                    {
                      keys: {
                        publicKeys: publicKey,
                        rekor: { ignoreTlog: true },
                        ctlog: { ignoreSCT: true },
                      },
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  };
}

export function namespace(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function pod(name: string, image: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image }] },
  };
}

export function deployment(name: string, image: string, replicas = 2): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, image) },
  };
}

export function cronJob(name: string, image: string): Manifest {
  const { metadata, spec } = template(name, image);
  const restartless = { metadata, spec: { ...spec, restartPolicy: 'Never' } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: restartless } } },
  };
}

export function job(name: string, image: string): Manifest {
  const { metadata, spec } = template(name, image);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } },
  };
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly object[] };
}

function template(name: string, image: string): Template {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } };
}
