import type { Clock } from '../base/clock.ts';
import { type JsonObject, type JsonValue, member, stringAt } from '../base/json-value.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { trustMaterial } from './trust-material.ts';
import type { TrustRootSource } from './trust-root-source.ts';
import type { ReadTrustedRoot } from './trusted-root.ts';

/** Several trust roots as one: whatever any of them holds is believed, also together. */
export function mergeTrustedRoots(roots: readonly ReadTrustedRoot[]): ReadTrustedRoot {
  const [only, ...more] = roots;
  if (only !== undefined && more.length === 0) return only;
  const materials = roots.map(({ material }) => material);
  return {
    json: mergedJson(roots),
    material: trustMaterial({
      certificateAuthorities: materials.flatMap((root) => root.certificateAuthorities),
      timestampAuthorities: materials.flatMap((root) => root.timestampAuthorities),
      logs: materials.flatMap((root) => root.logs),
      ctLogs: materials.flatMap((root) => root.ctLogs),
    }),
    faults: roots.flatMap(({ faults }) => faults),
  };
}

/** The lists of a `trusted_root.json`. */
const LISTS = ['tlogs', 'certificateAuthorities', 'ctlogs', 'timestampAuthorities'] as const;

function mergedJson(roots: readonly ReadTrustedRoot[]): string {
  const documents = roots.map(({ json }) => parseStrictJson(json));
  const lists = LISTS.map((name) => [name, documents.flatMap((root) => listIn(root, name))]);
  const [first] = documents;
  return JSON.stringify({
    mediaType: stringAt(first, 'mediaType'),
    ...(Object.fromEntries(lists) as JsonObject),
  });
}

function listIn(document: JsonValue, name: string): readonly JsonValue[] {
  const list = member(document, name);
  return Array.isArray(list) ? (list as readonly JsonValue[]) : [];
}

/**
 * Several sources as one. Each is asked when its own time has come. While one has never answered, the whole is
 * not there: what that one would vouch for could not be told from what nobody does.
 */
export function mergedTrustRoot(
  sources: readonly TrustRootSource[],
  clock: Clock,
): TrustRootSource {
  const members = sources.map((source) => new Member(source, clock));
  const refreshMs = Math.min(...sources.map((source) => source.refreshMs));
  let last:
    { readonly parts: readonly ReadTrustedRoot[]; readonly root: ReadTrustedRoot } | undefined;
  const merge = (parts: readonly ReadTrustedRoot[]): ReadTrustedRoot => {
    // The same parts keep the same root: evidence is remembered under it.
    const isSame = last?.parts.every((part, index) => part === parts[index]) === true;
    if (last === undefined || !isSame) last = { parts, root: mergeTrustedRoots(parts) };
    return last.root;
  };
  return {
    description: sources.map(({ description }) => description).join(' and '),
    refreshMs,
    load: async () => merge(await Promise.all(members.map((member) => member.load(refreshMs)))),
    fallback: async () => {
      const parts = await Promise.all(members.map((member) => member.fallback()));
      const known = parts.filter((part) => part !== undefined);
      return known.length < parts.length ? undefined : merge(known);
    },
  };
}

/** One source with what it answered last. */
class Member {
  readonly #source: TrustRootSource;
  readonly #clock: Clock;
  #last: { readonly root: ReadTrustedRoot; readonly at: number } | undefined;

  constructor(source: TrustRootSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** @param shortest how often all of them are asked; those that change seldom are not asked that often. */
  async load(shortest: number): Promise<ReadTrustedRoot> {
    const { refreshMs } = this.#source;
    const now = this.#clock.now();
    if (this.#last !== undefined && refreshMs > shortest && now - this.#last.at < refreshMs)
      return this.#last.root;
    this.#last = { root: await this.#source.load(), at: now };
    return this.#last.root;
  }

  async fallback(): Promise<ReadTrustedRoot | undefined> {
    return this.#last?.root ?? this.#source.fallback?.();
  }
}
