import type { NotationRequest } from '#shared/notation/assess-notation.ts';
import { readTrustPolicy } from '#shared/notation/read-trust-policy.ts';
import type { TrustStatement } from '#shared/notation/trust-policy.ts';
import { parseTrustStore, type TrustStore } from '#shared/notation/trust-store.ts';
import {
  type MadeCertificate,
  makeIntermediate,
  makeRoot,
  makeSigner,
} from './certificate-maker.ts';
import { SIGNING_TIME, TARGET } from './notation-signer.ts';
import { makeTimestampSigner } from './timestamp-authority.ts';

/** A day after test signatures were made. */
export const NOW: number = SIGNING_TIME + 24 * 60 * 60 * 1000;

/** A signer, a stranger and a timestamp authority, each with its chain. */
export interface NotationWorld {
  readonly chain: readonly MadeCertificate[];
  readonly strangers: readonly MadeCertificate[];
  readonly authority: readonly MadeCertificate[];
}

export function makeNotationWorld(): NotationWorld {
  const root = makeRoot();
  const intermediate = makeIntermediate(root);
  const strange = makeRoot({ subject: [['CN', 'Strange root']] });
  const timestamps = makeRoot({ subject: [['CN', 'Timestamp root']] });
  return {
    chain: [makeSigner(intermediate), intermediate, root],
    strangers: [makeSigner(strange), strange],
    authority: [makeTimestampSigner(timestamps), timestamps],
  };
}

/** What a test's trust policy may differ in from strict, any identity, the signer's root. */
export interface StatementOptions {
  readonly level?: string;
  readonly override?: Readonly<Record<string, string>>;
  readonly verifyTimestamp?: string;
  readonly identities?: readonly string[];
  readonly ca?: MadeCertificate;
  readonly signingAuthority?: MadeCertificate;
  readonly tsa?: MadeCertificate;
}

/** Trust stores of the options, each named `test`. */
export function trustStores({
  ca,
  signingAuthority,
  tsa,
}: StatementOptions): readonly TrustStore[] {
  return Object.entries({ ca, signingAuthority, tsa }).flatMap(([type, made]) =>
    made === undefined ? [] : [parseTrustStore(type as TrustStore['type'], 'test', made.pem)],
  );
}

/** The trust policy document of the options. */
export function trustPolicyDocument(options: StatementOptions): Record<string, unknown> {
  const { level = 'strict', override, verifyTimestamp, identities = ['*'] } = options;
  return {
    version: '1.0',
    trustPolicies: [
      {
        name: 'test',
        registryScopes: level === 'skip' ? ['registry.test/app'] : ['*'],
        signatureVerification: {
          level,
          ...(override === undefined ? {} : { override }),
          ...(verifyTimestamp === undefined ? {} : { verifyTimestamp }),
        },
        ...(level === 'skip'
          ? {}
          : {
              trustStores: trustStores(options).map(({ type, name }) => `${type}:${name}`),
              trustedIdentities: identities,
            }),
      },
    ],
  };
}

/** The one statement of the options' policy, read by the product; throws if it is faulty. */
export function trustStatement(options: StatementOptions): TrustStatement {
  const document = trustPolicyDocument(options) as Parameters<typeof readTrustPolicy>[0];
  const { statements, faults } = readTrustPolicy(document, trustStores(options));
  const [statement] = statements;
  if (statement === undefined || faults.length > 0) throw new Error(JSON.stringify(faults));
  return statement;
}

export function requestFor(
  options: StatementOptions,
  more: Partial<NotationRequest> = {},
): NotationRequest {
  return { target: TARGET, statement: trustStatement(options), now: NOW, ...more };
}
