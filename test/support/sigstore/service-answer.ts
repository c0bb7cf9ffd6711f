/** What a signing service says to one request. */
export interface ServiceAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** Where it sends the client instead. */
  readonly location?: string;
  /** What it calls what it made. */
  readonly etag?: string | undefined;
}

export function jsonAnswer(status: number, body: unknown): ServiceAnswer {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

/** How Fulcio and Rekor refuse. */
export function refusal(status: number, message: string): ServiceAnswer {
  return jsonAnswer(status, { code: status, message });
}
