import type { RequestFacts } from '#shared/admission/request-facts.ts';
import { type JsonObject, stringAt } from '#shared/base/json-value.ts';
import { stringMap } from '#shared/base/string-map.ts';
import type { Kube } from '#shared/kube/kube.ts';
import { readNamespaceLabels } from '#shared/kube/namespace-labels.ts';
import type { Labels } from '#shared/policy/label-selector.ts';
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
  readonly #labels: Map<string, Promise<Labels>>;

  constructor(options: ObjectFactsOptions) {
    this.#options = options;
    this.#labels = new Map(options.subjects.flatMap(({ object }) => labelsOfNamespace(object)));
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
    const { kube } = this.#options;
    if (kube === undefined)
      throw new InputError(
        'DOCUMENT',
        `no Namespace "${namespace}" is among the given files, and no cluster is asked`,
      );
    return readNamespaceLabels(kube, namespace);
  }
}

/** The API server adds the name to the labels. */
function labelsOfNamespace(object: JsonObject): readonly [string, Promise<Labels>][] {
  const name = stringAt(object, 'metadata', 'name');
  if (object['kind'] !== 'Namespace' || object['apiVersion'] !== 'v1' || name === undefined)
    return [];
  const labels = { ...stringMap(object['metadata'], 'labels'), [NAME_LABEL]: name };
  return [[name, Promise.resolve(labels)]];
}

const NAME_LABEL = 'kubernetes.io/metadata.name';
