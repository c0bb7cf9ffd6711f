import type { KmsOptions } from '../kms/kms-http.ts';
import type { Credential } from '../registry/keychain.ts';

/** The clouds whose registries Kyverno's `imageRegistryCredentials.providers` names. */
export type CloudName = 'amazon' | 'azure' | 'github' | 'google';

/** One cloud's registries, with what the process may be there. */
export interface CloudProvider {
  readonly name: CloudName;
  /** No other host ever gets credentials of the cloud. */
  isOwn(host: string): boolean;
  /**
   * @param host one of its own.
   * @throws {KeySourceError} whose reference is the host.
   */
  credential(host: string, options: KmsOptions, signal: AbortSignal): Promise<Credential>;
}
