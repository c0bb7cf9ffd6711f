import { DER_TAG, derElements, readDer } from '#shared/base/der.ts';
import { type ServiceAnswer, refusal } from './service-answer.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';

/** The contents of a query's elements: what it says of the hash and whether it wants certificates. */
interface TimestampQuery {
  readonly digest: Buffer | undefined;
  readonly wantsCertificate: boolean;
}

/** An RFC 3161 authority over HTTP, where Sigstore's has it. */
export function tsaDoor(
  tsa: TimestampAuthority,
  /** Stamps something else than what was sent. */
  { liesAboutHash = false }: { readonly liesAboutHash?: boolean } = {},
): (body: Buffer) => ServiceAnswer {
  return (body) => {
    const { digest, wantsCertificate } = readQuery(body);
    if (digest?.length !== 32) return refusal(400, 'expected a SHA-256 digest');
    const embed = wantsCertificate ? 'leaf' : 'none';
    const stamp = tsa.stamp({ embed, ...(liesAboutHash ? {} : { digest }) });
    const response = stamp(Buffer.from('something else'), new Date());
    return { status: 201, type: 'application/timestamp-reply', body: response };
  };
}

/** TimeStampReq: version, imprint, and optional members of which this double knows one (RFC 3161 §2.4.1). */
function readQuery(body: Buffer): TimestampQuery {
  const [, imprint, ...optional] = derElements(readDer(body, DER_TAG.sequence).contents);
  const [, digest] = derElements(imprint?.contents ?? Buffer.alloc(0));
  const certReq = optional.find(({ tag }) => tag === DER_TAG.boolean);
  return { digest: digest?.contents, wantsCertificate: certReq?.contents[0] === 0xff };
}
