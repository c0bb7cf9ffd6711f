/** The pattern for everything below a registry or repository; with a slash, so that `ghcr.io/acme` is not `ghcr.io/acme-evil`. */
export function registryPattern(registry: string): string {
  return /[*?]/.test(registry) ? registry : `${registry.replace(/\/+$/, '')}/*`;
}
