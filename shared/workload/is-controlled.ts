import { type JsonValue, member } from '../base/json-value.ts';

/** Kubernetes marks the one owner that manages an object with `controller: true`. */
export function isControlled(object: JsonValue | undefined): boolean {
  const owners = member(member(object, 'metadata'), 'ownerReferences');
  return (
    Array.isArray(owners) &&
    (owners as readonly JsonValue[]).some((owner) => member(owner, 'controller') === true)
  );
}
