import { CodedError } from '../base/coded-error.ts';

export type KeychainErrorCode = 'UNREADABLE' | 'MALFORMED' | 'HELPER_FAILED';

/** Credentials are configured but cannot be read; going on without them would hide that. */
export class KeychainError extends CodedError<KeychainErrorCode> {}
