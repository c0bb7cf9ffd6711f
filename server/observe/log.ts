import { type DestinationStream, pino } from 'pino';
import { CodedError } from '#shared/base/coded-error.ts';

/** What is logged: a few named values and a constant text. */
export interface Log {
  /** Whether lines of this level are written: values that are costly to gather need not be gathered. */
  isLevelEnabled(level: 'debug' | 'info'): boolean;
  debug(values: object, text: string): void;
  info(values: object, text: string): void;
  warn(values: object, text: string): void;
  error(values: object, text: string): void;
}

/** A safety net: nothing that is logged should hold these, and if it ever does they are blanked. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'password',
  'token',
  'auth',
  'key',
  'data',
  'headers',
  'object',
  'oldObject',
]);

/** JSON lines with RFC 3339 time and the level as a word. */
export function createLog(level: string, destination: DestinationStream): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    destination,
  );
  return {
    isLevelEnabled: (level) => logger.isLevelEnabled(level),
    debug: (values, text) => logger.debug(withoutSecrets(values), text),
    info: (values, text) => logger.info(withoutSecrets(values), text),
    warn: (values, text) => logger.warn(withoutSecrets(values), text),
    error: (values, text) => logger.error(withoutSecrets(values), text),
  };
}

/** pino's own redaction costs more than all the rest of a line. */
function withoutSecrets(values: object): object {
  for (const name of Object.keys(values)) {
    if (SECRET_FIELDS.has(name)) {
      return Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key,
          SECRET_FIELDS.has(key) ? '(hidden)' : value,
        ]),
      );
    }
  }
  return values;
}

/** Of an error only what our own code put there: libraries hang requests, with their headers, onto theirs. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error instanceof CodedError ? { code: String(error.code) } : {}),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
