import { CodedError } from '#shared/base/coded-error.ts';

export type ReviewErrorCode = 'BAD_CONTENT_TYPE' | 'BAD_BODY' | 'NOT_A_REVIEW' | 'TOO_LARGE';

/** HTTP statuses and reasons as the API server's own errors use them. */
const HTTP: Readonly<
  Record<ReviewErrorCode, { readonly status: number; readonly reason: string }>
> = {
  BAD_CONTENT_TYPE: { status: 415, reason: 'UnsupportedMediaType' },
  BAD_BODY: { status: 400, reason: 'BadRequest' },
  NOT_A_REVIEW: { status: 400, reason: 'BadRequest' },
  TOO_LARGE: { status: 413, reason: 'RequestEntityTooLarge' },
};

/** The caller did not send an AdmissionReview that can be answered. */
export class ReviewError extends CodedError<ReviewErrorCode> {
  get status(): number {
    return HTTP[this.code].status;
  }

  get reason(): string {
    return HTTP[this.code].reason;
  }
}
