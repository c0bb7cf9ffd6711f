const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** Milliseconds, all of them. Long enough that replacing the CA is rare; it is done with an overlap all the same. */
export const CA_LIFETIME: number = 10 * 365 * DAY;

/** A CA is replaced while it can still sign leaves that live as long as they should. */
export const CA_RENEWAL: number = 730 * DAY;

/**
 * A new CA is published this long before it signs the serving certificate: until then every API server
 * has seen the new bundle.
 */
export const CA_OVERLAP: number = 10 * 60 * 1000;

/** A year, as cert-controller has it. */
export const LEAF_LIFETIME: number = 365 * DAY;

/** A leaf is replaced this long before its end: time for several releases to notice a failing rotation. */
export const LEAF_RENEWAL: number = 90 * DAY;

/** Clocks of API servers may be behind ours. */
export const BACKDATE: number = HOUR;
