import { type CustomKind, customKinds } from '#shared/policy/custom-kinds.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { LeftOut } from './fit-kinds.ts';
import { kindNames } from './kind-names.ts';

/** There may be as many as namespaces. */
const MAX_LINES = 20;

/** All that the webhook is not registered for, to be told of as a whole and policy by policy. */
export class LeftOutKinds {
  readonly all: readonly LeftOut[];
  readonly #byKind = new Map<string, LeftOut[]>();

  constructor(all: readonly LeftOut[]) {
    this.all = all;
    for (const left of all) {
      for (const kind of left.kinds) {
        const key = JSON.stringify(kind);
        this.#byKind.set(key, [...(this.#byKind.get(key) ?? []), left]);
      }
    }
  }

  /** For people, a line each. */
  describe(): readonly string[] {
    const lines = this.all.slice(0, MAX_LINES).map(({ namespace, kinds, reason }) => {
      const whose =
        namespace === undefined ? 'cluster-wide policies' : `policies of namespace ${namespace}`;
      return `the webhook is not registered for ${kindNames(kinds)} of ${whose}: ${reason}`;
    });
    const more = this.all.length - lines.length;
    return more === 0
      ? lines
      : [...lines, `the webhook is not registered for other kinds either, ${more} lines more`];
  }

  /** Those that one policy names. */
  of(policy: Policy): readonly LeftOut[] {
    if (this.all.length === 0) return [];
    const own = new Map<LeftOut, CustomKind[]>();
    for (const kind of customKinds([policy])) {
      for (const left of this.#byKind.get(JSON.stringify(kind)) ?? []) {
        const kinds = own.get(left) ?? [];
        kinds.push(kind);
        own.set(left, kinds);
      }
    }
    return [...own].map(([left, kinds]) => ({ ...left, kinds }));
  }
}
