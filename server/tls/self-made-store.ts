import type { SelfMade } from './self-made.ts';

/** Where the self-made material survives a restart and is shared by the replicas. */
export interface SelfMadeStore {
  /** For messages: `Secret "a/b"`, `directory "x"`. */
  readonly name: string;
  load(): Promise<SelfMade | undefined>;
  save(material: SelfMade): Promise<void>;
}

/** Keeps it for the life of the process. */
export function createMemoryStore(): SelfMadeStore {
  let kept: SelfMade | undefined;
  return {
    name: 'memory',
    load: async () => kept,
    save: async (material) => {
      kept = material;
    },
  };
}
