/** How services are spoken to, all of which a person waits for. */
export const SERVICE_OPTIONS = {
  /** One request with its answer: Rekor v2 answers once its entry is in the tree, up to some ten seconds. Milliseconds. */
  timeout: 20_000,
  /** After failures that may pass: no connection, 408, 429, 5xx. Milliseconds. */
  retry: { retries: 2, minTimeout: 250, maxTimeout: 1_000 },
} as const;
