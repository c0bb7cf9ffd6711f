/**
 * Names of the Web platform that type declarations of our dependencies take for granted. The compiler runs
 * without the browser's library, so that no browser global can be used by mistake; these are Node's own
 * types under the names those declarations use.
 */
import type { webcrypto } from 'node:crypto';

declare global {
  type AlgorithmIdentifier = webcrypto.AlgorithmIdentifier;
  type Algorithm = webcrypto.Algorithm;
  type BufferSource = ArrayBufferView | ArrayBuffer;
  type Crypto = webcrypto.Crypto;
  type CryptoKey = webcrypto.CryptoKey;
  type CryptoKeyPair = webcrypto.CryptoKeyPair;
  type EcKeyGenParams = webcrypto.EcKeyGenParams;
  type EcKeyImportParams = webcrypto.EcKeyImportParams;
  type EcdsaParams = webcrypto.EcdsaParams;
  type KeyUsage = webcrypto.KeyUsage;
  type RsaHashedImportParams = webcrypto.RsaHashedImportParams;
}
