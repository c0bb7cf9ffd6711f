import type { CustomKind } from '#shared/policy/custom-kinds.ts';

/** One namespace whose kinds are refused is found in twice the logarithm of their number; more questions are a burden. */
const MAX_QUESTIONS = 64;

/**
 * Of kinds that are refused together those that are accepted: what cluster-wide policies name, and as many namespaces
 * as can be. All replicas come to the same.
 *
 * @param accepts asks the API server, which changes nothing.
 */
export async function acceptedKinds(
  kinds: readonly CustomKind[],
  accepts: (kinds: readonly CustomKind[]) => Promise<boolean>,
): Promise<readonly CustomKind[]> {
  const groups = Map.groupBy(kinds, ({ namespace }) => namespace);
  const clusterWide = groups.get(undefined) ?? [];
  groups.delete(undefined);
  let accepted: readonly CustomKind[] = clusterWide;
  let questions = MAX_QUESTIONS;
  const add = async (namespaces: readonly (readonly CustomKind[])[]): Promise<void> => {
    if (namespaces.length === 0 || questions === 0) return;
    questions -= 1;
    const more = [...accepted, ...namespaces.flat()];
    if (await accepts(more)) accepted = more;
    else if (namespaces.length > 1) {
      const half = Math.ceil(namespaces.length / 2);
      await add(namespaces.slice(0, half));
      await add(namespaces.slice(half));
    }
  };
  // Where even those of the cluster are refused, nothing that is added makes it better.
  if (groups.size > 0 && (await accepts(clusterWide))) await add([...groups.values()]);
  return accepted;
}
