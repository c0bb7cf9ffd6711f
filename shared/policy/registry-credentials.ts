/** `imageRegistryCredentials`: with what registries are read, instead of the webhook's own credentials. */
export interface RegistryCredentials {
  readonly allowInsecureRegistry: boolean;
  readonly providers: readonly string[];
  /** Names of Secrets, `name` or `namespace/name`. */
  readonly secrets: readonly string[];
}
