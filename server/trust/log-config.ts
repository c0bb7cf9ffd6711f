import { ConfigError } from '../config-error.ts';

/** Which transparency logs are asked for entries that signatures do not bring along. */
export interface LogConfig {
  /** Whether any is; which ones, policies say. */
  readonly isAsked: boolean;
  /** Those that policies of namespaces may name, besides the public one. */
  readonly listed: readonly string[];
}

/** The flags as they were written. */
interface Flags {
  has(name: string): boolean;
  all(name: string): readonly string[];
}

/** @throws {ConfigError} `BAD_FLAG` */
export function logConfig(flags: Flags): LogConfig {
  const listed = flags.all('log-url');
  const wrong = listed.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ''));
  if (wrong !== undefined)
    throw new ConfigError(
      'BAD_FLAG',
      `Cannot read flag --log-url: it holds "${wrong}", an http or https URL is wanted`,
    );
  return { isAsked: !flags.has('no-online-log'), listed };
}
