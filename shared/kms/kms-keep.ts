/** How long a key of a key management service is kept: as cosign has it, five minutes. Milliseconds. */
export const KMS_KEEP_MS: number = 5 * 60_000;
