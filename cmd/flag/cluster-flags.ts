/** Flags that say which cluster, with kubectl's names and meanings. */
export const clusterFlags = {
  kubeconfig: {
    kind: 'string',
    value: 'FILE',
    describe: 'Path to the kubeconfig file to use',
  },
  context: { kind: 'string', value: 'NAME', describe: 'The name of the kubeconfig context to use' },
  cluster: { kind: 'string', value: 'NAME', describe: 'The name of the kubeconfig cluster to use' },
  user: { kind: 'string', value: 'NAME', describe: 'The name of the kubeconfig user to use' },
} as const;

/** The namespace, where a command works in one. */
export const namespaceFlag = {
  namespace: {
    kind: 'string',
    short: 'n',
    value: 'NAME',
    describe: 'The namespace; the one of the current context if not given',
  },
} as const;
