import { CodedError } from '#shared/base/coded-error.ts';

export type ConfigErrorCode =
  'BAD_FLAG' | 'BAD_FILE' | 'NO_POLICY_SOURCE' | 'NO_POLICIES' | 'BAD_POLICY';

/** The webhook cannot start as it was told to; a person must change a flag or a file. */
export class ConfigError extends CodedError<ConfigErrorCode> {}
