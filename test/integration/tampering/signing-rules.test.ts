import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attestor, AttestorSet } from '#shared/policy/model.ts';
import { textMatcher } from '#shared/trust/text-matcher.ts';
import { type BundleRequest, statementBundle } from '#test/support/sigstore/bundle.ts';
import type { LeafOptions } from '#test/support/sigstore/fulcio.ts';
import type { StatementOptions } from '#test/support/sigstore/statement.ts';
import { createTimestampAuthority } from '#test/support/sigstore/timestamp-authority.ts';
import {
  type TrustedRootJson,
  authorityJson,
  logJson,
} from '#test/support/sigstore/trusted-root.ts';
import { createRekorV1 } from '#test/support/sigstore/rekor.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { attach, createImage } from '#test/support/tampering/discovered.ts';
import {
  MUCH_LATER,
  judgeImage,
  keyAttestor,
  keylessAttestor,
} from '#test/support/tampering/judge-image.ts';

const sigstore = createVirtualSigstore();
const { rekor, rekorV2, tsa, time: at } = sigstore;
const secondTsa = createTimestampAuthority({ organization: 'second tsa' });
const secondRekor = createRekorV1({ host: 'rekor.second.test' });
const plain = keySigner();

/** The trust root with a second log and a second timestamp authority. */
function trustedRoot(): TrustedRootJson {
  const root = sigstore.trustedRoot();
  const { key, logId } = secondRekor;
  root.tlogs.push(logJson('https://rekor.second.test', key, logId));
  root.timestampAuthorities.push(
    authorityJson('https://timestamp.second.test', secondTsa.certificates),
  );
  return root;
}

interface Case {
  readonly what: string;
  readonly verdict: string;
  readonly leaf?: LeafOptions & { readonly at?: Date };
  /** Signs with the plain key instead of a certificate. */
  readonly plain?: true;
  readonly request?: Partial<BundleRequest>;
  readonly statement?: StatementOptions;
  readonly attestor?: Attestor;
  readonly root?: (root: TrustedRootJson) => void;
  readonly now?: Date;
  readonly count?: AttestorSet['count'];
}

async function verdictOf(wanted: Case): Promise<{ verdict: string; words: string }> {
  const image = createImage();
  const signer = wanted.plain === true ? plain : sigstore.keyless(wanted.leaf);
  const request = { signer, at, logs: [rekor.entry()], ...wanted.request };
  const bundle = statementBundle(image.subject.digest, request, wanted.statement);
  attach(image, { kind: 'bundle', bundle });
  const root = trustedRoot();
  wanted.root?.(root);
  const usual = wanted.plain === true ? keyAttestor(plain.key) : keylessAttestor();
  return judgeImage(image, {
    root,
    attestors: [wanted.attestor ?? usual],
    now: wanted.now ?? MUCH_LATER,
    ...(wanted.count === undefined ? {} : { count: wanted.count }),
  });
}

const minutes = (count: number): Date => new Date(at.getTime() + count * 60_000);
const IGNORED = { kind: 'ignored' } as const;
const withoutLog = keylessAttestor({ log: IGNORED });
const stamped = (required: number): Attestor =>
  keylessAttestor({ timestamps: { authorities: undefined, required } });
const logged = (count: number): Attestor =>
  keylessAttestor({ log: { kind: 'required', url: '', publicKeys: [], count } });

const CASES: readonly Case[] = [
  {
    what: 'MNH-14 a log’s time after the end of the certificate',
    request: { logs: [rekor.entry({ at: minutes(11) })] },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'MNH-14 a log’s time before the certificate',
    request: { logs: [rekor.entry({ at: minutes(-1) })] },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'MNH-14 a timestamp after the end of the certificate, beside a good log entry',
    request: { timestamps: [tsa.stamp({ at: minutes(11) })] },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'MNH-14 a second log’s time after the end of the certificate',
    request: { logs: [rekor.entry(), secondRekor.entry({ at: minutes(11) })] },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'MNH-13 a Rekor v2 entry without a timestamp',
    request: { logs: [rekorV2.entry()] },
    verdict: 'NO_SIGNING_TIME',
  },
  {
    what: 'MNH-13 a time in a Rekor v1 entry without a promise',
    request: { logs: [rekor.entry({ form: 'proof' })] },
    verdict: 'NO_SIGNING_TIME',
  },
  {
    what: 'a proof of Rekor v1 with a timestamp',
    request: { logs: [rekor.entry({ form: 'proof' })], timestamps: [tsa.stamp()] },
    verdict: 'satisfied',
  },
  {
    what: 'a Rekor v2 entry without a timestamp by a plain key',
    plain: true,
    request: { logs: [rekorV2.entry()] },
    verdict: 'satisfied',
  },
  {
    what: 'no log entry where the policy wants one, though there is a timestamp',
    request: { logs: [], timestamps: [tsa.stamp()] },
    verdict: 'NO_LOG_ENTRY',
  },
  {
    what: 'no log entry of a plain key where the policy wants one',
    plain: true,
    request: { logs: [] },
    verdict: 'NO_LOG_ENTRY',
  },
  {
    what: 'an entry of a log nobody knows',
    request: { logs: [createRekorV1().entry()] },
    verdict: 'LOG_UNKNOWN',
  },
  {
    what: 'MNH-26 an entry of a log nobody knows beside a good one',
    request: { logs: [createRekorV1().entry(), rekor.entry()] },
    verdict: 'satisfied',
  },
  {
    what: 'MNH-26 a timestamp of an authority nobody knows beside a good log entry',
    request: { timestamps: [createTimestampAuthority().stamp()] },
    verdict: 'satisfied',
  },
  {
    what: 'ignored logs: a certificate that has ended',
    attestor: withoutLog,
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'ignored logs: a certificate that is valid now',
    attestor: withoutLog,
    request: { logs: [] },
    now: minutes(5),
    verdict: 'satisfied',
  },
  {
    what: 'ignored logs: a log’s time does not count',
    attestor: withoutLog,
    request: { logs: [rekor.entry({ at: minutes(60) })] },
    now: minutes(5),
    verdict: 'satisfied',
  },
  {
    what: 'ignored logs: a timestamp counts',
    attestor: withoutLog,
    request: { logs: [], timestamps: [tsa.stamp()] },
    verdict: 'satisfied',
  },
  {
    what: 'ignored logs: the SCT is still wanted',
    attestor: withoutLog,
    leaf: { sct: 'none' },
    now: minutes(5),
    verdict: 'SCT_MISSING',
  },
  {
    what: 'ignored logs: a broken promise is irrelevant to a plain key',
    plain: true,
    attestor: keyAttestor(plain.key, { log: IGNORED }),
    request: { logs: [rekor.entry({ about: { signedBytes: Buffer.from('x') } })] },
    verdict: 'satisfied',
  },
  {
    what: 'ignored SCT: none is fine',
    attestor: keylessAttestor({ sct: IGNORED }),
    leaf: { sct: 'none' },
    verdict: 'satisfied',
  },
  {
    what: 'ignored SCT: a forged one is fine',
    attestor: keylessAttestor({ sct: IGNORED }),
    leaf: { sct: 'forged' },
    verdict: 'satisfied',
  },
  {
    what: 'ignored SCT: the log entry is still wanted',
    attestor: keylessAttestor({ sct: IGNORED }),
    leaf: { sct: 'none' },
    request: { logs: [] },
    verdict: 'NO_LOG_ENTRY',
  },
  {
    what: 'ignored SCT: the certificate must still be valid then',
    attestor: keylessAttestor({ sct: IGNORED }),
    leaf: { sct: 'none' },
    request: { logs: [rekor.entry({ at: minutes(11) })] },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'MNH-09 two entries of one log where two logs are wanted',
    attestor: logged(2),
    request: { logs: [rekor.entry(), rekor.entry()] },
    verdict: 'TOO_FEW_LOG_ENTRIES',
  },
  {
    what: 'MNH-09 entries of two logs where two are wanted',
    attestor: logged(2),
    request: { logs: [rekor.entry(), secondRekor.entry()] },
    verdict: 'satisfied',
  },
  {
    what: 'MNH-09 entries of two logs of one operator where two are wanted',
    attestor: logged(2),
    request: { logs: [rekor.entry(), secondRekor.entry()] },
    root: (root) => {
      for (const log of root.tlogs) Object.assign(log, { operator: 'acme.test' });
    },
    verdict: 'TOO_FEW_LOG_ENTRIES',
  },
  {
    what: 'MNH-09 a log that is listed under two identifiers where two logs are wanted',
    attestor: logged(2),
    request: {
      logs: [
        rekor.entry({ form: 'proof' }),
        (signed, time) => {
          const entry = rekor.entry({ form: 'proof' })(signed, time);
          return { ...entry, logId: { keyId: Buffer.alloc(32, 7).toString('base64') } };
        },
      ],
      timestamps: [tsa.stamp()],
    },
    root: (root) => {
      root.tlogs.push(logJson('https://alias.test', rekor.key, Buffer.alloc(32, 7)));
    },
    verdict: 'TOO_FEW_LOG_ENTRIES',
  },
  {
    what: 'MNH-09 two timestamps of one authority where two are wanted',
    attestor: stamped(2),
    request: { timestamps: [tsa.stamp(), tsa.stamp()] },
    verdict: 'TOO_FEW_TIMESTAMPS',
  },
  {
    what: 'MNH-09 timestamps of two authorities where two are wanted',
    attestor: stamped(2),
    request: { timestamps: [tsa.stamp(), secondTsa.stamp()] },
    verdict: 'satisfied',
  },
  {
    what: 'MNH-09 two timestamps of an authority that is listed twice',
    attestor: stamped(2),
    request: { timestamps: [tsa.stamp(), tsa.stamp({ at: minutes(1) })] },
    root: (root) => {
      root.timestampAuthorities.push(authorityJson('https://alias.test', tsa.certificates));
      const [first, , alias] = root.timestampAuthorities;
      if (first !== undefined) first.validFor.end = at.toISOString();
      if (alias !== undefined) alias.validFor.start = minutes(1).toISOString();
    },
    verdict: 'TOO_FEW_TIMESTAMPS',
  },
  {
    what: 'no timestamp where one is wanted',
    attestor: stamped(1),
    verdict: 'TOO_FEW_TIMESTAMPS',
  },
  {
    what: 'a wrong timestamp where one is wanted',
    attestor: stamped(1),
    request: { timestamps: [tsa.stamp({ over: Buffer.from('x') })] },
    verdict: 'TIMESTAMP_IMPRINT',
  },
  {
    what: 'a Rekor v2 entry whose timestamp is wrong',
    request: { logs: [rekorV2.entry()], timestamps: [tsa.stamp({ wrongKey: true })] },
    verdict: 'TIMESTAMP_INVALID',
  },
  {
    what: 'a log that was not trusted yet when it promised',
    root: ({ tlogs: [log] }) => {
      if (log !== undefined) log.publicKey.validFor = { start: minutes(1).toISOString() };
    },
    verdict: 'LOG_KEY_NOT_VALID_THEN',
  },
  {
    what: 'a log that was no longer trusted when it promised',
    root: ({ tlogs: [log] }) => {
      if (log !== undefined) log.publicKey.validFor.end = minutes(-1).toISOString();
    },
    verdict: 'LOG_KEY_NOT_VALID_THEN',
  },
  {
    what: 'a Rekor v2 log that was no longer trusted at the time of the timestamp',
    request: { logs: [rekorV2.entry()], timestamps: [tsa.stamp()] },
    root: ({ tlogs: [, log] }) => {
      if (log !== undefined) log.publicKey.validFor.end = minutes(-1).toISOString();
    },
    verdict: 'LOG_KEY_NOT_VALID_THEN',
  },
  {
    what: 'a log key that is listed for two periods',
    root: ({ tlogs }) => {
      const [log] = tlogs;
      if (log === undefined) return;
      tlogs.unshift(structuredClone(log));
      const [early] = tlogs;
      if (early !== undefined) early.publicKey.validFor.end = minutes(-1).toISOString();
    },
    verdict: 'satisfied',
  },
  {
    what: 'an authority that was no longer trusted at the signing time',
    root: ({ certificateAuthorities: [authority] }) => {
      if (authority !== undefined) authority.validFor.end = minutes(-1).toISOString();
    },
    verdict: 'CERTIFICATE_NOT_VALID_THEN',
  },
  {
    what: 'MNH-15 another attestation in place of a signature',
    statement: { predicateType: 'https://slsa.dev/provenance/v1' },
    verdict: 'FORMAT_NOT_READ',
  },
  {
    what: 'a payload type that is not in-toto’s',
    statement: { payloadType: 'application/vnd.other+json' },
    verdict: 'FORMAT_NOT_READ',
  },
  {
    what: 'a statement without a predicate, as cosign 3.0.0 wrote it',
    statement: { predicate: null },
    verdict: 'satisfied',
  },
  {
    what: 'a statement about many images, this one among them',
    statement: {
      subjects: [
        { name: 'other', digest: { sha256: '00'.repeat(32) } },
        { name: 'app', digest: { sha256: createImage().subject.digest.slice(7) } },
      ],
    },
    verdict: 'satisfied',
  },
  {
    what: 'a statement about nothing',
    statement: { subjects: [] },
    verdict: 'NO_MATCHING_SIGNATURE',
  },
  {
    what: 'MNH-10 an annotation that the signature lacks',
    attestor: keylessAttestor({ annotations: { build: '1' } }),
    verdict: 'ANNOTATION_MISMATCH',
  },
  {
    what: 'MNH-11 a certificate without names',
    leaf: { names: [] },
    verdict: 'IDENTITY_MISMATCH',
  },
  {
    what: 'MNH-11 a policy that names no identity',
    attestor: keylessAttestor({ identities: [] }),
    verdict: 'IDENTITY_MISMATCH',
  },
  {
    what: 'MNH-11 an identity that asks for nothing',
    attestor: keylessAttestor({ identities: [{ subjects: [], issuers: [], extensions: {} }] }),
    verdict: 'IDENTITY_MISMATCH',
  },
  {
    what: 'MNH-11 the issuer of a GitHub Enterprise server, which only begins like the one wanted',
    leaf: { issuer: 'https://token.actions.githubusercontent.com/enterprise' },
    verdict: 'IDENTITY_MISMATCH',
  },
  {
    what: 'MNH-11 a subject that only begins like the one wanted',
    leaf: { names: [{ kind: 'uri', value: 'https://github.com/acme/app-evil' }] },
    attestor: keylessAttestor({
      identities: [
        {
          subjects: [textMatcher('exact', 'https://github.com/acme/app')],
          issuers: [],
          extensions: {},
        },
      ],
    }),
    verdict: 'IDENTITY_MISMATCH',
  },
  {
    what: 'a second name that is wanted',
    leaf: {
      names: [
        { kind: 'uri', value: 'https://a.test' },
        { kind: 'other', value: 'ada!acme.test' },
      ],
    },
    attestor: keylessAttestor({
      identities: [
        { subjects: [textMatcher('exact', 'ada!acme.test')], issuers: [], extensions: {} },
      ],
    }),
    verdict: 'satisfied',
  },
];

for (const wanted of CASES)
  test(`signing rules: ${wanted.what} is judged ${wanted.verdict}`, async () => {
    const { verdict, words } = await verdictOf(wanted);
    assert.equal(verdict, wanted.verdict, words);
  });
