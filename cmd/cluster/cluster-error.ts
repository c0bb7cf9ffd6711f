import { CodedError } from '#shared/base/coded-error.ts';

export type ClusterErrorCode =
  'NO_POLICIES' | 'FAULTY_POLICY' | 'UNKNOWN_KIND' | 'TIMEOUT' | 'REFUSED';

/** The cluster answered, but not with what the command needs: exit code 3. */
export class ClusterError extends CodedError<ClusterErrorCode> {}
