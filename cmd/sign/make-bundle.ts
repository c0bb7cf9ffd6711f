import { bundleToJSON } from '@sigstore/bundle';
import { DSSEBundleBuilder, type Signer, type Witness } from '@sigstore/sign';
import type { Digest } from '#shared/base/digest.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '#shared/signature/in-toto-statement.ts';
import type { PublicKey } from '#shared/trust/public-key.ts';
import { keyHint } from './key-signer.ts';

/** What is said about an image. */
export interface StatementContent {
  readonly digest: Digest;
  readonly predicateType: string;
  readonly predicate: JsonValue;
  /** Pairs that the signed subject carries. */
  readonly annotations: Readonly<Record<string, string>>;
}

interface Signing {
  readonly signer: Signer;
  readonly witnesses: Witness[];
  /** Undefined for keyless signing. */
  readonly key: PublicKey | undefined;
}

/** Media type of the bundles that are written; readers from cosign 2.4 on know it. */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/**
 * A Sigstore bundle with a signed in-toto statement in a DSSE envelope, as cosign 3 makes it, with what every
 * witness said of the signature.
 * @throws {SigningError} if one of those that take part fails.
 */
export async function makeBundle(
  { key, ...signing }: Signing,
  content: StatementContent,
): Promise<Buffer> {
  const bundle = await new DSSEBundleBuilder(signing).create({
    data: statementOf(content),
    type: IN_TOTO_PAYLOAD_TYPE,
  });
  const { content: signer } = bundle.verificationMaterial;
  if (key !== undefined && signer.$case === 'publicKey') signer.publicKey.hint = keyHint(key);
  return Buffer.from(JSON.stringify(bundleToJSON(bundle)));
}

function statementOf({ digest, predicateType, predicate, annotations }: StatementContent): Buffer {
  const [algorithm = '', hex = ''] = digest.split(':');
  const hasAnnotations = Object.keys(annotations).length > 0;
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { [algorithm]: hex }, ...(hasAnnotations ? { annotations } : {}) }],
    predicateType,
    predicate,
  };
  return Buffer.from(JSON.stringify(statement));
}
