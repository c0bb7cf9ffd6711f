import type { RequestFacts } from '#shared/admission/request-facts.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { readNamespaceLabels } from '#shared/kube/namespace-labels.ts';
import type { Labels } from '#shared/policy/label-selector.ts';
import { findNamespace, storedLabels } from '../file/find-namespace.ts';
import type { Requester } from '../file/read-user-info.ts';
import { InputError } from '../input-error.ts';
import type { Subject } from './judgement.ts';

export interface ObjectFactsOptions {
  /** Namespaces among them supply their labels; of several of one name the last does. */
  readonly subjects: readonly Subject[];
  /** Asked for other namespaces; undefined where no cluster is used. */
  readonly kube: Kube | undefined;
  readonly requester: Requester | undefined;
}

/** What files and cluster say about the requests that objects would become, by namespace. */
export class ObjectFacts {
  readonly #options: ObjectFactsOptions;
  readonly #labels = new Map<string, Promise<Labels>>();

  constructor(options: ObjectFactsOptions) {
    this.#options = options;
  }

  of(namespace: string): RequestFacts {
    const { requester } = this.#options;
    return {
      namespaceLabels: async () => {
        const labels = this.#labels.get(namespace) ?? this.#read(namespace);
        this.#labels.set(namespace, labels);
        return labels;
      },
      roles: async () => Promise.resolve(requester?.roles ?? { roles: [], clusterRoles: [] }),
    };
  }

  async #read(namespace: string): Promise<Labels> {
    const { kube, subjects } = this.#options;
    const written = findNamespace(subjects, namespace);
    if (written !== undefined) return storedLabels(written, namespace);
    if (kube === undefined)
      throw new InputError(
        'DOCUMENT',
        `no Namespace "${namespace}" is among the given files, and no cluster is asked`,
      );
    return readNamespaceLabels(kube, namespace);
  }
}
