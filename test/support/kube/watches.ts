import type { ServerResponse } from 'node:http';
import type { JsonObject } from '#shared/base/json-value.ts';
import { type ObjectStore, Refusal, type ServedType, type StoreEvent } from './object-store.ts';
import { status } from './status.ts';

/** The open watches of a fake API server. */
export class Watches {
  readonly #store: ObjectStore;
  readonly #open = new Set<ServerResponse>();
  #oldest = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Ends all of them as a restarting server does. */
  cut(): void {
    for (const response of this.#open) response.destroy();
  }

  /** Versions before this moment are gone. */
  compact(): void {
    this.#oldest = this.#store.advance();
    for (const response of this.#open) response.end(goneEvent());
  }

  /** Answers a watch: what happened since `version`, a bookmark, and then what happens. */
  start(type: ServedType, version: number, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (version < this.#oldest) {
      response.end(goneEvent());
      return;
    }
    const tell = ({ type: event, object, served }: StoreEvent): void => {
      const isWatched = served.resource === type.resource && served.group === type.group;
      if (isWatched) writeEvent(response, event, object);
    };
    for (const event of this.#store.eventsSince(version)) tell(event);
    writeEvent(response, 'BOOKMARK', {
      apiVersion: 'v1',
      kind: type.kind,
      metadata: { resourceVersion: this.#store.version },
    });
    this.#open.add(response);
    const stop = this.#store.onEvent(tell);
    response.on('close', () => {
      stop();
      this.#open.delete(response);
    });
  }
}

function writeEvent(response: ServerResponse, type: string, object: JsonObject): void {
  if (response.writableEnded) return;
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function goneEvent(): string {
  const gone = status(new Refusal(410, 'Expired', 'too old resource version'));
  return `${JSON.stringify({ type: 'ERROR', object: gone })}\n`;
}
