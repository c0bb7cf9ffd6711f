import { type JsonObject, isJsonObject, stringAt } from '#shared/base/json-value.ts';

/** Kinds of policies, and their exceptions, that live in namespaces. */
const NAMESPACED: ReadonlySet<string> = new Set(['Policy', 'SignPolicy', 'PolicyException']);

/** The policy in the namespace that kubectl would apply it to, where it names none itself. */
export function placePolicy<Shape extends JsonObject>(policy: Shape, namespace: string): Shape {
  const metadata = policy['metadata'];
  const isPlaced = stringAt(policy, 'metadata', 'namespace') !== undefined;
  const isNamespaced = NAMESPACED.has(stringAt(policy, 'kind') ?? '');
  if (isPlaced || !isNamespaced || !isJsonObject(metadata)) return policy;
  return { ...policy, metadata: { ...metadata, namespace } };
}
