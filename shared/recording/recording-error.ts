import { CodedError } from '../base/coded-error.ts';

export type RecordingErrorCode =
  'MALFORMED' | 'VERSION' | 'TAMPERED' | 'TOO_LARGE' | 'NOT_RECORDED';

/** A recording that cannot be used, or that does not hold what is asked. */
export class RecordingError<
  Code extends RecordingErrorCode = RecordingErrorCode,
> extends CodedError<Code> {}
