/** One program of others that the tests run, and how to get it from the Go module proxy. */
export interface Tool {
  /** Folder beside this file whose go.mod and go.sum pin every module that goes into the build. */
  readonly module: 'cosign' | 'etcd' | 'kubernetes' | 'registry';
  /** Main package, as `go build` takes it. */
  readonly package: string;
  /** As in go.mod; part of the cache folder's name. */
  readonly version: string;
  readonly ldflags: string;
}

/** Without symbol tables: a third of the size on disk. */
const STRIPPED = '-s -w';

/** An unstamped build calls itself v0.0.0-master, which kubectl and the API server compare and report. */
const KUBERNETES_FLAGS = `-X k8s.io/component-base/version.gitVersion=v1.36.3 ${STRIPPED}`;

export type ToolName =
  'cosign' | 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'registry';

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  etcd: {
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    version: '3.6.5',
    ldflags: STRIPPED,
  },
  'kube-apiserver': {
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    version: '1.36.3',
    ldflags: KUBERNETES_FLAGS,
  },
  'kube-controller-manager': {
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    version: '1.36.3',
    ldflags: KUBERNETES_FLAGS,
  },
  kubectl: {
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kubectl',
    version: '1.36.3',
    ldflags: KUBERNETES_FLAGS,
  },
  cosign: {
    module: 'cosign',
    package: 'github.com/sigstore/cosign/v3/cmd/cosign',
    version: '3.1.3',
    ldflags: STRIPPED,
  },
  registry: {
    module: 'registry',
    package: '.',
    version: '0.22.1',
    ldflags: STRIPPED,
  },
};
