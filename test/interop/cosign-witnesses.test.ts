import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AUTHORITY_END, AUTHORITY_START } from '#test/support/sigstore/certificate-authority.ts';
import { createFulcio, type Fulcio, type LeafOptions } from '#test/support/sigstore/fulcio.ts';
import { publicHalf } from '#test/support/sigstore/public-half.ts';
import { createTimestampAuthority } from '#test/support/sigstore/timestamp-authority.ts';
import { type CosignFormat, type CosignKey, KEY_KINDS, type KeyKind } from './cosign.ts';
import {
  assertRefused,
  assertVerified,
  type OurAnswer,
  ourAnswer,
  ourAnswerUnder,
} from './our-answer.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const FORMATS: readonly CosignFormat[] = ['legacy', 'bundle'];

let bench: Workbench;
/** A private PKI, and another that calls itself the same. */
let authority: Fulcio;
let otherAuthority: Fulcio;
const otherTsa = createTimestampAuthority();
const keys = new Map<KeyKind, CosignKey>();

before(async () => {
  bench = await openWorkbench();
  [authority, otherAuthority] = [createFulcio(), createFulcio()];
});

after(async () => bench.close());

async function keyOf(kind: KeyKind): Promise<CosignKey> {
  const known = keys.get(kind) ?? (await bench.cosign.createKey(kind, kind));
  keys.set(kind, known);
  return known;
}

const trust = (): readonly string[] => ['--trusted-root', bench.services.trustedRoot];
/** What the policy names must count although this does not name it. */
const elsewhere = (): readonly string[] => ['--trusted-root', bench.services.otherRoot];

/** Where a key's signatures are logged. */
const LOGS = {
  'Rekor v1': (): readonly string[] => [
    '--use-signing-config=false',
    '--rekor-url',
    bench.services.url,
  ],
  'Rekor v2': (): readonly string[] => ['--signing-config', bench.services.configs[2]],
} as const;

/**
 * What cosign 3.1 can: of bundles, other hashes than SHA-256 do not get into Rekor v1 and Ed25519
 * into no log, because it refuses what it signed itself and stores nothing.
 */
const LOGGED: readonly (readonly [keyof typeof LOGS, CosignFormat, readonly KeyKind[]])[] = [
  ['Rekor v1', 'legacy', KEY_KINDS],
  ['Rekor v1', 'bundle', ['ecdsa-p256', 'rsa-2048']],
  ['Rekor v2', 'bundle', ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa-2048']],
];

for (const [log, format, kinds] of LOGGED) {
  for (const kind of kinds) {
    test(`cosign sign with ${kind} in ${log} as ${format}: verified, refused where another log counts`, async () => {
      const key = await keyOf(kind);
      const image = await bench.push(
        `logged/${kind}-${log.replace(' ', '-').toLowerCase()}-${format}`,
      );
      await bench.cosign.sign(image, { key, format, services: [...LOGS[log](), ...trust()] });
      const file = key.file.replace(/\.key$/, '.pub');
      assertVerified(
        await ourAnswer(image, ['--key', file, ...trust()]),
        /logged +(\S+ )?in https/,
      );
      const { rekor, rekorV2 } = bench.services.sigstore.pem;
      const another = log === 'Rekor v1' ? rekorV2 : rekor;
      const keysOnly = { publicKeys: key.publicKey, rekor: { pubkey: another } };
      assertRefused(
        await ourAnswerUnder({ keys: keysOnly }, image, trust()),
        /log entry is of a log that is not trusted/,
      );
    });
  }
}

for (const format of FORMATS) {
  test(`cosign sign with a key and no log as ${format}: refused where a log entry is wanted`, async () => {
    const key = await keyOf('ecdsa-p256');
    const image = await bench.push(`unlogged/${format}`);
    await bench.cosign.sign(image, { key, format });
    const file = key.file.replace(/\.key$/, '.pub');
    assertRefused(await ourAnswer(image, ['--key', file, ...trust()]), /transparency log/);
  });

  test(`MNH-10 cosign sign with a key and a timestamp only as ${format}: verified with tsaCertChain`, async () => {
    const key = await keyOf('ecdsa-p256');
    const [stamped, bare] = [
      await bench.push(`stamped/${format}`),
      await bench.push(`unstamped/${format}`),
    ];
    await bench.cosign.sign(stamped, { key, format, flags: stampFlags() });
    await bench.cosign.sign(bare, { key, format });
    const ask = async (image: string, tsaCertChain: string): Promise<OurAnswer> =>
      ourAnswerUnder(
        {
          keys: {
            publicKeys: key.publicKey,
            rekor: { ignoreTlog: true },
            ctlog: { tsaCertChain },
          },
        },
        image,
        elsewhere(),
      );
    const { tsaChain } = bench.services.sigstore.pem;
    assertVerified(await ask(stamped, tsaChain), /stamped +\d{4}-/);
    const otherChain = otherTsa.certificates.map(({ pem }) => pem).join('');
    assertRefused(
      await ask(stamped, otherChain),
      /timestamp is of an authority that is not trusted/,
    );
    assertRefused(await ask(bare, tsaChain), /timestamps of 0 trusted authorities/);
  });

  test(`cosign sign with a certificate as ${format}: verified below its authority only`, async () => {
    const image = await bench.push(`certificate/${format}`);
    const leaf = await signCertified(image, { format, leaf: LONG });
    const ask = async (certificates: object): Promise<OurAnswer> =>
      askCertified(image, certificates);
    assertVerified(await ask({ certChain: authority.chain.pem }), /signed by/);
    assertVerified(await ask({ cert: leaf }), /signed by/);
    assertVerified(await ask({ cert: leaf, certChain: authority.chain.pem }), /signed by/);
    const untrusted = /not issued by an authority that is trusted/;
    assertRefused(await ask({ certChain: otherAuthority.chain.pem }), untrusted);
    const foreign = /was not made with its certificate/;
    const sibling = authority.issue(new Date(), LONG).pem;
    assertRefused(await ask({ cert: sibling }), foreign);
    assertRefused(await ask({ cert: sibling, certChain: authority.chain.pem }), foreign);
  });

  test(`cosign sign with a certificate and a timestamp as ${format}: the timestamp must be in its time`, async () => {
    const [during, later] = [
      await bench.push(`during/${format}`),
      await bench.push(`later/${format}`),
    ];
    await signCertified(during, { format, leaf: LONG, flags: stampFlags() });
    await signCertified(later, { format, leaf: ENDED, flags: stampFlags() });
    const certificates = { certChain: authority.chain.pem };
    const ctlog = { tsaCertChain: bench.services.sigstore.pem.tsaChain };
    assertVerified(await askCertified(during, certificates, ctlog), /stamped +\d{4}-/);
    const ended = /was not valid at the signing time/;
    assertRefused(await askCertified(later, certificates, ctlog), ended);
    assertRefused(await askCertified(later, certificates), ended);
  });
}

/** What a company's own PKI issues: no OIDC issuer, no certificate transparency. */
const LONG: LeafOptions = {
  names: [{ kind: 'email', value: 'builder@acme.example' }],
  issuerForms: [],
  sct: 'none',
  notBefore: AUTHORITY_START,
  notAfter: AUTHORITY_END,
};
const ENDED: LeafOptions = { ...LONG, notAfter: new Date('2021-01-01T00:00:00Z') };

function stampFlags(): readonly string[] {
  return ['--timestamp-server-url', bench.services.tsa];
}

interface Certified {
  readonly format: CosignFormat;
  readonly leaf: LeafOptions;
  readonly flags?: readonly string[];
}

/** The PEM of the new certificate that it was signed with. */
async function signCertified(
  image: string,
  { format, leaf, flags = [] }: Certified,
): Promise<string> {
  const key = await keyOf('ecdsa-p256');
  const { pem } = authority.issue(new Date(), { ...leaf, key: publicHalf(key.publicKey) });
  const [certificate, chain] = [join(bench.directory, 'leaf.pem'), join(bench.directory, 'ca.pem')];
  await writeFile(certificate, pem);
  await writeFile(chain, authority.chain.pem);
  const certified = ['--certificate', certificate, '--certificate-chain', chain];
  await bench.cosign.sign(image, { key, format, flags: [...certified, ...flags] });
  return pem;
}

async function askCertified(
  image: string,
  certificates: object,
  ctlog: object = {},
): Promise<OurAnswer> {
  const waived = { rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true, ...ctlog } };
  return ourAnswerUnder({ certificates: { ...certificates, ...waived } }, image, elsewhere());
}
