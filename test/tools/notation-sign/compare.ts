import { assessNotation } from '#shared/notation/assess-notation.ts';
import { concludeNotation } from '#shared/notation/notation-outcome.ts';
import { offlineAnswer } from '#shared/notation/revocation.ts';
import {
  CODE_SIGNING,
  DIGITAL_SIGNATURE,
  type MadeCertificate,
  makeIntermediate,
  makeRoot,
  makeSigner,
} from '#test/support/notation/certificate-maker.ts';
import {
  ENVELOPE_TYPES,
  type EnvelopeFormat,
  FORMATS,
  type Headers,
  type NotationSignOptions,
  signNotation,
  TARGET,
} from '#test/support/notation/notation-signer.ts';
import {
  makeNotationWorld,
  type StatementOptions,
  trustPolicyDocument,
  trustStatement,
  trustStores,
} from '#test/support/notation/notation-world.ts';
import { makeTimestampToken, type TokenOptions } from '#test/support/notation/timestamp-authority.ts';
import { GoNotation } from './go-notation.ts';

/**
 * Lets notation-go and this project judge the same envelopes by the same trust policies, byte changes
 * included, and tells where they disagree.
 * Usage: node test/tools/notation-sign/compare.ts PROGRAM [byte changes per envelope]
 */
const [, , program = '', changes = '40'] = process.argv;

interface Case {
  readonly what: string;
  readonly chain: readonly MadeCertificate[];
  readonly sign?: NotationSignOptions;
  readonly policy: StatementOptions;
  readonly target?: typeof TARGET;
}

const world = makeNotationWorld();
const [, intermediate, root] = world.chain;
const [, timestampRoot] = world.authority;
if (intermediate === undefined || root === undefined || timestampRoot === undefined)
  throw new Error('the test world is incomplete');
const trusted: StatementOptions = { ca: root };
const stamped: StatementOptions = { ca: root, tsa: timestampRoot };
const now = Date.now();
const DAY = 24 * 60 * 60 * 1000;

const token =
  (more: Partial<TokenOptions> = {}) =>
  (signature: Buffer): Buffer =>
    makeTimestampToken(signature, world.authority, { time: now - DAY, ...more });
const below = (options: Parameters<typeof makeSigner>[1]): readonly MadeCertificate[] => [
  makeSigner(intermediate, options),
  intermediate,
  root,
];
const header =
  (name: string, value: unknown): ((headers: Headers) => void) =>
  (headers) => {
    headers.set(name, value);
  };

const { chain } = world;
const expired = makeRoot({ notAfter: now - DAY });

const CASES: readonly Case[] = [
  { what: 'good', chain, policy: trusted },
  { what: 'good, RSA', chain: below({ keyType: 'rsa-2048' }), policy: trusted },
  { what: 'good, P-521', chain: below({ keyType: 'p521' }), policy: trusted },
  { what: 'intermediate trusted', chain, policy: { ca: intermediate } },
  { what: 'self-signed', chain: [makeSigner(undefined)], policy: trusted },
  { what: 'stranger', chain: world.strangers, policy: trusted },
  { what: 'stranger, audit', chain: world.strangers, policy: { ...trusted, level: 'audit' } },
  { what: 'identity', chain, policy: { ...trusted, identities: ['x509.subject: C=US, ST=WA, O=Acme'] } },
  { what: 'identity with CN', chain, policy: { ...trusted, identities: ['x509.subject: CN=release signer,O=Acme,S=WA,C=US'] } },
  { what: 'wrong identity', chain, policy: { ...trusted, identities: ['x509.subject: C=US, ST=WA, O=Acm'] } },
  { what: 'identity, two OU', chain: below({ subject: [['C', 'US'], ['ST', 'WA'], ['O', 'Acme'], ['OU', 'a'], ['OU', 'b']] }), policy: { ...trusted, identities: ['x509.subject: C=US, ST=WA, O=Acme'] } },
  { what: 'identity with comma', chain: below({ subject: [['C', 'US'], ['ST', 'WA'], ['O', 'Acme, Inc.']] }), policy: { ...trusted, identities: ['x509.subject: C=US, ST=WA, O=Acme\\, Inc.'] } },
  { what: 'wrong digest', chain, policy: trusted, target: { ...TARGET, size: 1 } },
  { what: 'wrong media type', chain, policy: trusted, target: { ...TARGET, mediaType: 'x/y' } },
  { what: 'expired signature', chain, sign: { signingTime: now - 2 * DAY, expiry: now - DAY }, policy: trusted },
  { what: 'expired, permissive', chain, sign: { signingTime: now - 2 * DAY, expiry: now - DAY }, policy: { ...trusted, level: 'permissive' } },
  { what: 'not yet expired', chain, sign: { signingTime: now - DAY, expiry: now + DAY }, policy: trusted },
  { what: 'expired certificate', chain: below({ notAfter: now - DAY }), policy: trusted },
  { what: 'expired root', chain: [makeSigner(expired), expired], policy: { ca: expired } },
  { what: 'expired certificate, logged', chain: below({ notAfter: now - DAY }), policy: { ...trusted, override: { authenticTimestamp: 'log' } } },
  { what: 'certificate of tomorrow', chain: below({ notBefore: now + DAY }), policy: trusted },
  { what: 'authority scheme', chain, sign: { scheme: 'notary.x509.signingAuthority' }, policy: { signingAuthority: root } },
  { what: 'authority scheme, ca store', chain, sign: { scheme: 'notary.x509.signingAuthority' }, policy: trusted },
  { what: 'plain scheme, authority store', chain, policy: { signingAuthority: root } },
  { what: 'authority scheme, expired certificate', chain: below({ notAfter: now - DAY }), sign: { scheme: 'notary.x509.signingAuthority', signingTime: now - 2 * DAY }, policy: { signingAuthority: root } },
  { what: 'authority scheme, too late', chain: below({ notAfter: now - DAY }), sign: { scheme: 'notary.x509.signingAuthority', signingTime: now }, policy: { signingAuthority: root } },
  { what: 'no crit', chain, sign: { changeHeaders: (headers) => headers.delete('crit') }, policy: trusted },
  { what: 'unknown crit', chain, sign: { changeHeaders: (headers) => headers.set('crit', ['io.cncf.notary.signingScheme', 'x']).set('x', 1) }, policy: trusted },
  { what: 'extra header', chain, sign: { changeHeaders: header('x', 1) }, policy: trusted },
  { what: 'plugin', chain, sign: { changeHeaders: header('io.cncf.notary.verificationPlugin', 'p') }, policy: trusted },
  { what: 'scheme unknown', chain, sign: { changeHeaders: header('io.cncf.notary.signingScheme', 'x') }, policy: trusted },
  { what: 'other payload type', chain, sign: { contentType: 'text/plain' }, policy: trusted },
  { what: 'metadata', chain, sign: { metadata: { a: 'b' } }, policy: trusted },
  { what: 'no EKU', chain: below({ purposes: undefined }), policy: trusted },
  { what: 'TLS EKU', chain: below({ purposes: { oids: ['1.3.6.1.5.5.7.3.1'] } }), policy: trusted },
  { what: 'any EKU', chain: below({ purposes: { oids: ['2.5.29.37.0'] } }), policy: trusted },
  { what: 'OCSP EKU', chain: below({ purposes: { oids: [CODE_SIGNING, '1.3.6.1.5.5.7.3.9'] } }), policy: trusted },
  { what: 'KU not critical', chain: below({ keyUsage: { bits: [DIGITAL_SIGNATURE], critical: false } }), policy: trusted },
  { what: 'KU cert sign', chain: below({ keyUsage: { bits: [DIGITAL_SIGNATURE, 5] } }), policy: trusted },
  { what: 'leaf is CA', chain: below({ basicConstraints: { isCa: true } }), policy: trusted },
  { what: 'SHA-1 leaf', chain: below({ hash: 'sha1' }), policy: trusted },
  { what: 'chain without root', chain: chain.slice(0, 2), policy: { ca: intermediate } },
  { what: 'chain in wrong order', chain: [chain[0] ?? root, root, intermediate], policy: trusted },
  { what: 'intermediate may not sign', chain: ((ca) => [makeSigner(ca), ca, root])(makeIntermediate(root, { keyUsage: { bits: [6] } })), policy: trusted },
  { what: 'timestamp', chain, sign: { timestamp: token() }, policy: stamped },
  { what: 'timestamp with accuracy', chain, sign: { timestamp: token({ accuracy: 5 }) }, policy: stamped },
  { what: 'timestamp with fraction', chain, sign: { timestamp: token({ fraction: '.25' }) }, policy: stamped },
  { what: 'no timestamp', chain, policy: stamped },
  { what: 'no timestamp, only after expiry', chain, policy: { ...stamped, verifyTimestamp: 'afterCertExpiry' } },
  { what: 'timestamp saves expired certificate', chain: below({ notAfter: now - DAY / 2 }), sign: { timestamp: token() }, policy: stamped },
  { what: 'timestamp saves expired certificate, after expiry', chain: below({ notAfter: now - DAY / 2 }), sign: { timestamp: token() }, policy: { ...stamped, verifyTimestamp: 'afterCertExpiry' } },
  { what: 'timestamp too late', chain: below({ notAfter: now - 2 * DAY }), sign: { timestamp: token() }, policy: stamped },
  { what: 'timestamp ignored', chain: below({ notAfter: now - DAY / 2 }), sign: { timestamp: token() }, policy: trusted },
  { what: 'timestamp of something else', chain, sign: { timestamp: () => token()(Buffer.from('x')) }, policy: stamped },
  { what: 'timestamp of a stranger', chain, sign: { timestamp: token() }, policy: { ca: root, tsa: root } },
  { what: 'timestamp SHA-1', chain, sign: { timestamp: token({ imprintHash: 'sha1' }) }, policy: stamped },
  { what: 'timestamp without certificate name', chain, sign: { timestamp: token({ withoutNamed: true }) }, policy: stamped },
  { what: 'timestamp naming another certificate', chain, sign: { timestamp: token({ named: root }) }, policy: stamped },
  { what: 'timestamp without root inside', chain, sign: { timestamp: token({ certificates: world.authority.slice(0, 1) }) }, policy: stamped },
  { what: 'timestamp without certificates', chain, sign: { timestamp: token({ certificates: [] }) }, policy: stamped },
  { what: 'timestamp attribute time', chain, sign: { timestamp: token({ attributeTime: now }) }, policy: stamped },
];

function judge(format: EnvelopeFormat, envelope: Buffer, { policy, target }: Case): string {
  const request = { target: target ?? TARGET, statement: trustStatement(policy), now };
  const assessment = assessNotation({ envelopeType: ENVELOPE_TYPES[format], envelope }, request);
  const answers = assessment.questions.map((question) => offlineAnswer(question));
  const outcome = concludeNotation(assessment, answers, request);
  return outcome.kind === 'accepted' ? '' : `${outcome.failure.reason}: ${outcome.failure.message}`;
}

async function compare(format: EnvelopeFormat, envelope: Buffer, item: Case): Promise<boolean> {
  const stores = trustStores(item.policy);
  const { error = '' } = await go.ask({
    op: 'verify',
    format: ENVELOPE_TYPES[format],
    envelope: envelope.toString('base64'),
    target: item.target ?? TARGET,
    reference: `registry.test/app@${TARGET.digest}`,
    policy: trustPolicyDocument(item.policy),
    stores: Object.fromEntries(
      stores.map(({ type, name, certificates }) => [
        `${type}:${name}`,
        certificates.map(({ x509 }) => x509.toString()).join(''),
      ]),
    ),
  });
  const ours = judge(format, envelope, item);
  if ((ours === '') === (error === '')) return true;
  console.log(`DIFFERENT ${format}, ${item.what}\n  notation-go: ${error}\n  ours:        ${ours}`);
  return false;
}

const go = new GoNotation(program);
let agreed = 0;
let differing = 0;
let seed = 1;
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
};
for (const format of FORMATS)
  for (const item of CASES) {
    const good = signNotation(format, item.chain, item.sign ?? {});
    const envelopes = [good];
    for (let change = 0; change < Number(changes); change += 1) {
      const changed = Buffer.from(good);
      const at = random(changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
      envelopes.push(changed);
    }
    for (const envelope of envelopes)
      if (await compare(format, envelope, item)) agreed += 1;
      else differing += 1;
  }
go.stop();
console.log(`${agreed} judgements agree, ${differing} differ`);
