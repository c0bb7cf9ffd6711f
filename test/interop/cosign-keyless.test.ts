import { after, before, test } from 'node:test';
import type { CosignFormat } from './cosign.ts';
import { assertRefused, assertVerified, ourAnswer } from './our-answer.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;

before(async () => {
  bench = await openWorkbench();
});

after(async () => bench.close());

/** How cosign is told where the services are, and whose word for log and time we must find. */
interface Way {
  readonly name: string;
  readonly format: CosignFormat;
  readonly flags: () => readonly string[];
  readonly seen: readonly RegExp[];
}

const byUrl = (): readonly string[] => [
  '--use-signing-config=false',
  '--fulcio-url',
  bench.services.url,
  '--rekor-url',
  bench.services.url,
];
const byUrlStamped = (): readonly string[] => [
  ...byUrl(),
  '--timestamp-server-url',
  bench.services.tsa,
];
const byConfig = (version: 1 | 2) => (): readonly string[] => [
  '--signing-config',
  bench.services.configs[version],
];

const LOG = /logged +\d{4}-\S+ in https:\/\/rekor\.test/;
/** Rekor v2 knows no time. */
const TILES = /logged +in https:\/\/log2025-1\.rekor\.test/;
const STAMP = /stamped +\d{4}-\S+ by https:\/\/timestamp\.test/;

/** cosign takes signing configs, and thereby Rekor v2, for bundles only. */
const WAYS: readonly Way[] = [
  { name: 'Rekor v1', format: 'legacy', flags: byUrl, seen: [LOG] },
  { name: 'Rekor v1', format: 'bundle', flags: byUrl, seen: [LOG] },
  { name: 'Rekor v1 and timestamp', format: 'legacy', flags: byUrlStamped, seen: [LOG, STAMP] },
  { name: 'Rekor v1 and timestamp', format: 'bundle', flags: byConfig(1), seen: [LOG, STAMP] },
  { name: 'Rekor v2 and timestamp', format: 'bundle', flags: byConfig(2), seen: [TILES, STAMP] },
];

for (const { name, format, flags, seen } of WAYS) {
  const slug = `${name.toLowerCase().replaceAll(' ', '-')}-${format}`;
  const made = (): { format: CosignFormat; services: string[]; env: Record<string, string> } => ({
    format,
    services: [...flags(), '--trusted-root', bench.services.trustedRoot],
    env: bench.services.token(),
  });

  test(`cosign sign keyless with ${name} as ${format}: verified for its identity alone`, async () => {
    const { cosign, services } = bench;
    const image = await bench.push(`keyless/${slug}`);
    await cosign.sign(image, made());
    const trust = ['--trusted-root', services.trustedRoot];
    const answer = await ourAnswer(image, [...services.who(), ...trust]);
    assertVerified(answer, /signed by dev@acme\.example/, ...seen);
    const stranger = await ourAnswer(image, [...services.who('else@acme.example'), ...trust]);
    assertRefused(stranger, /policy wants subject "else@acme\.example"/);
    const vouched = services.who(undefined, 'https://other.test');
    assertRefused(await ourAnswer(image, [...vouched, ...trust]), /policy wants issuer/);
  });

  test(`cosign sign keyless with ${name} as ${format}: refused by who trusts another Sigstore`, async () => {
    const image = await bench.push(`stranger/${slug}`);
    await bench.cosign.sign(image, made());
    const { who, otherRoot } = bench.services;
    const answer = await ourAnswer(image, [...who(), '--trusted-root', otherRoot]);
    assertRefused(answer, /not issued by an authority that is trusted/);
  });

  test(`cosign attest keyless with ${name} as ${format}: verified for identity and type`, async () => {
    const { cosign, services } = bench;
    const image = await bench.push(`attested/${slug}`);
    await cosign.attest(image, { ...made(), type: 'vuln' });
    const ask = async (type: string, identity?: string) =>
      ourAnswer(image, [
        '--type',
        type,
        '--trusted-root',
        services.trustedRoot,
        ...services.who(identity),
      ]);
    const attested = /attested https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\/v1 by dev@acme/;
    assertVerified(await ask('vuln'), attested, ...seen);
    assertRefused(await ask('spdx'), /policy wants https:\/\/spdx\.dev\/Document/);
    assertRefused(await ask('vuln', 'else@acme.example'), /policy wants subject "else@/);
  });
}

for (const format of ['legacy', 'bundle'] as const) {
  test(`cosign sign keyless with a timestamp alone as ${format}: verified only where no log is wanted`, async () => {
    const { cosign, services } = bench;
    const image = await bench.push(`unlogged/${format}`);
    const unlogged = [...byUrlStamped(), '--tlog-upload=false'];
    await cosign.sign(image, {
      format,
      services: [...unlogged, '--trusted-root', services.trustedRoot],
      env: services.token(),
    });
    const flags = [...services.who(), '--trusted-root', services.trustedRoot];
    assertRefused(await ourAnswer(image, flags), /no transparency log entry, which is required/);
    assertVerified(await ourAnswer(image, [...flags, '--insecure-ignore-tlog']), STAMP);
  });
}
