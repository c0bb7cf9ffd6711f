import type { Decision } from './decision.ts';

/** The decision on a request that no policy has anything to say about. */
export const ADMITTED: Decision = {
  allowed: true,
  outcome: 'admitted',
  retryAfterSeconds: undefined,
  message: '',
  warnings: [],
  patch: [],
  annotations: [],
  images: [],
  records: [],
};
