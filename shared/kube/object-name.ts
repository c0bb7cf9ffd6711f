/** RFC 1123 subdomain, as Kubernetes names most of its objects. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Whether an object can have this name; paths are made of names, so others must not get into one. */
export function isObjectName(text: string): boolean {
  return NAME.test(text);
}
