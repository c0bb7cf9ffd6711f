/** One thing that must be in order before requests are sent here. */
export interface HealthCheck {
  readonly name: string;
  /** Undefined if in order, else why not. */
  readonly problem: () => string | undefined;
  /** Lines that people should see although the check passes. */
  readonly notes?: () => readonly string[];
}

/** Answer of a health endpoint, in the form that the API server's own endpoints use. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly text: string;
}

/** Runs all checks; `verbose` names each one, else only failing ones are named. */
export function reportHealth(checks: readonly HealthCheck[], verbose: boolean): HealthReport {
  const results = checks.map((check) => ({ check, problem: check.problem() }));
  const healthy = results.every(({ problem }) => problem === undefined);
  if (healthy && !verbose) return { healthy, text: 'ok\n' };
  const lines = results.flatMap(({ check, problem }) => [
    problem === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: ${problem}`,
    ...(check.notes?.() ?? []).map((note) => `   ${note.replaceAll('\n', '\n   ')}`),
  ]);
  return { healthy, text: `${[...lines, healthy ? 'healthy' : 'not healthy'].join('\n')}\n` };
}
