/** The first line of every recording says this, and the version of what follows. */
export const FORMAT = 'sign-policy-recording';
export const VERSION = 1;

/** A recording with the evidence of some thousand images; more would not lie well beside a test. Bytes, unpacked. */
export const MAX_RECORDING_BYTES: number = 64 * 1024 * 1024;
