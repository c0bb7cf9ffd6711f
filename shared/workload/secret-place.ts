/** Where a Secret is. */
export interface SecretPlace {
  /** Undefined for the webhook's own namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** DNS names, as Kubernetes has them for namespaces and Secrets. */
const PLACE = /^\/?(?:([a-z0-9][a-z0-9-]{0,62})\/)?([a-z0-9][a-z0-9.-]{0,252})$/;

/** Reads `name` or `namespace/name`, as Kyverno 1.19 does; undefined for other text. */
export function parseSecretPlace(text: string): SecretPlace | undefined {
  const match = PLACE.exec(text);
  return match === null ? undefined : { namespace: match[1], name: match[2] ?? '' };
}
