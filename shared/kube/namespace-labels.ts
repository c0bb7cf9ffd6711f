import type { Clock } from '../base/clock.ts';
import { raceAbort } from '../base/race-abort.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { stringMap } from '../base/string-map.ts';
import { KubeError } from './kube-error.ts';
import type { Kube } from './kube.ts';
import { Watched } from './watched.ts';

type Labels = Readonly<Record<string, string>>;

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };

/** The labels of all namespaces, by a watch. */
export class NamespaceLabels {
  readonly #kube: Kube;
  readonly #watched: Watched<ReadonlyMap<string, Labels>>;
  readonly #reading = new SingleFlight<Labels>();

  constructor(kube: Kube, { clock, signal }: { clock: Clock; signal: AbortSignal }) {
    this.#kube = kube;
    this.#watched = new Watched({
      kube,
      type: NAMESPACES,
      keep: ({ apiVersion, kind, metadata }) => ({
        apiVersion,
        kind,
        metadata: { name: metadata.name, labels: stringMap(metadata, 'labels') },
      }),
      project: (items) =>
        new Map(items.map(({ metadata }) => [metadata.name, stringMap(metadata, 'labels')])),
      clock,
      signal,
    });
  }

  start(): void {
    this.#watched.start();
  }

  /**
   * The labels of a namespace; one that was made a moment ago is asked for by itself.
   * @throws {KubeError} where they cannot be read.
   */
  async of(namespace: string, signal: AbortSignal | undefined): Promise<Labels> {
    const known = (await this.#watched.value(signal)).get(namespace);
    if (known !== undefined) return known;
    return raceAbort(
      this.#reading.run(namespace, async () => readNamespaceLabels(this.#kube, namespace)),
      signal,
    );
  }
}

/**
 * The labels that a namespace has now.
 * @throws {KubeError} also where there is no such namespace.
 */
export async function readNamespaceLabels(kube: Kube, namespace: string): Promise<Labels> {
  const found = await kube.get({ ...NAMESPACES, name: namespace });
  if (found !== undefined) return stringMap(found.metadata, 'labels');
  throw new KubeError('NOT_FOUND', `Cannot get namespace "${namespace}": it does not exist`);
}
