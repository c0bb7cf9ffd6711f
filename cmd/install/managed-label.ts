import { isJsonObject, member } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import { update } from './update.ts';

/** Marks what `install` made, so that `uninstall` finds it again and touches nothing else. */
export const MANAGED = {
  label: 'app.kubernetes.io/managed-by',
  value: 'sign-policy',
  selector: 'app.kubernetes.io/managed-by=sign-policy',
} as const;

/** The object with the label by which `uninstall` finds it. */
export function withManagedLabel(object: KubeObject): KubeObject {
  return update(object, ['metadata', 'labels'], (labels) => ({
    ...(isJsonObject(labels) ? labels : {}),
    [MANAGED.label]: MANAGED.value,
  }));
}

/** Whether `install` made the object, as far as its label says. */
export function isManaged(object: KubeObject): boolean {
  return member(object.metadata['labels'], MANAGED.label) === MANAGED.value;
}
