import type { KeyProvider } from '../trust/key-source.ts';
import { awsKms } from './aws-kms.ts';
import { azureKms } from './azure-kms.ts';
import { gcpKms } from './gcp-kms.ts';
import { hashiVault } from './hashi-vault.ts';
import type { KmsOptions } from './kms-http.ts';

/** All key management services that cosign knows; nothing is read or asked before a key is wanted. */
export function kmsProviders(options: KmsOptions): readonly KeyProvider[] {
  return [awsKms, gcpKms, azureKms, hashiVault].map((provider) => provider(options));
}
