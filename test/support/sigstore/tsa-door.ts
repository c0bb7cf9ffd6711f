import { type ServiceAnswer, refusal } from './service-answer.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';

interface TimestampRequest {
  readonly artifactHash: string;
  readonly hashAlgorithm: string;
}

/** Sigstore's timestamp authority, `POST /api/v1/timestamp` with a JSON request; answers as RFC 3161 says. */
export function tsaDoor(
  tsa: TimestampAuthority,
  /** Stamps something else than what was sent. */
  { liesAboutHash = false }: { readonly liesAboutHash?: boolean } = {},
): (body: string) => ServiceAnswer {
  return (body) => {
    const { artifactHash, hashAlgorithm } = JSON.parse(body) as TimestampRequest;
    if (hashAlgorithm !== 'sha256') return refusal(400, `unsupported hash ${hashAlgorithm}`);
    const digest = Buffer.from(artifactHash, 'base64');
    const stamp = tsa.stamp({ embed: 'leaf', ...(liesAboutHash ? {} : { digest }) });
    const response = stamp(Buffer.from('something else'), new Date());
    return { status: 201, type: 'application/timestamp-reply', body: response };
  };
}
