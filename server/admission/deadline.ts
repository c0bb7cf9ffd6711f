/** How much of the API server's patience an answer may use; milliseconds. */
export interface TimeBudget {
  /** When the engine is told to stop and to say what it could not find out. */
  readonly stop: number;
  /** When the answer goes out whatever the engine does. Below the caller's timeout, always. */
  readonly answer: number;
}

/** The default `timeoutSeconds` of a webhook, for callers that name no timeout. */
const DEFAULT_TIMEOUT = 10_000;

/** `timeoutSeconds` ends here; a larger value comes from somebody else. */
const MAX_TIMEOUT = 30_000;

/** Kept back for the way to the caller, and for the engine to put its findings together. */
const ANSWER_MARGIN = 300;
const STOP_MARGIN = 500;

/** With little time the margins shrink with it, so that even one second allows some work. */
const MAX_MARGIN_SHARE = 0.4;

/** Longer than any duration somebody means. Characters. */
const MAX_DURATION_LENGTH = 32;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The budget for a request with the query parameter `?timeout=7s` (a Go duration), if it has one. */
export function timeBudget(timeout: string | undefined): TimeBudget {
  const total = Math.min(goDuration(timeout) ?? DEFAULT_TIMEOUT, MAX_TIMEOUT);
  const share = Math.min(1, (total * MAX_MARGIN_SHARE) / STOP_MARGIN);
  return { stop: total - STOP_MARGIN * share, answer: total - ANSWER_MARGIN * share };
}

function goDuration(text: string | undefined): number | undefined {
  if (text === undefined || text.length > MAX_DURATION_LENGTH) return undefined;
  // What API servers send: whole seconds.
  if (/^[1-9]\d?s$/.test(text)) return Number.parseInt(text, 10) * 1000;
  return /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text) ? sumOfParts(text) : undefined;
}

function sumOfParts(text: string): number | undefined {
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit] ?? 0);
  }
  return total > 0 ? total : undefined;
}
