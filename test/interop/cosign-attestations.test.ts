import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CosignFormat, CosignKey } from './cosign.ts';
import { assertRefused, assertVerified, ourAnswer } from './our-answer.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

/** cosign's short names, what it makes of them, and another type that it then is not. */
const TYPES: readonly (readonly [type: string, uri: RegExp, other: string])[] = [
  ['slsaprovenance1', /https:\/\/slsa\.dev\/provenance\/v1/, 'slsaprovenance'],
  ['spdx', /https:\/\/spdx\.dev\/Document/, 'cyclonedx'],
  ['vuln', /https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\/v1/, 'custom'],
  ['custom', /https:\/\/cosign\.sigstore\.dev\/attestation\/v1/, 'vuln'],
];
const FORMATS: readonly CosignFormat[] = ['legacy', 'bundle'];

let bench: Workbench;
let key: CosignKey;
let stranger: CosignKey;

before(async () => {
  bench = await openWorkbench();
  key = await bench.cosign.createKey('key', 'ecdsa-p256');
  stranger = await bench.cosign.createKey('stranger', 'ecdsa-p256');
});

after(async () => bench.close());

for (const format of FORMATS) {
  for (const [type, uri, other] of TYPES) {
    test(`cosign attest ${type} as ${format}: verified for that type and that key alone`, async () => {
      const image = await bench.push(`attestation/${type}-${format}`);
      await bench.cosign.attest(image, { key, format, type });
      assertVerified(await ask(image, key, type), /attested https/, uri);
      assertRefused(await ask(image, key, other), /statement is of type \S+, policy wants/);
      assertRefused(await ask(image, stranger, type), /was not made by key/);
    });
  }

  test(`two signers attest as ${format}: each counts for the own type alone`, async () => {
    const image = await bench.push(`attestation/two-${format}`);
    await bench.cosign.attest(image, { key, format, type: 'spdx' });
    await bench.cosign.attest(image, { key: stranger, format, type: 'vuln' });
    assertVerified(await ask(image, key, 'spdx'), /attested https/);
    assertVerified(await ask(image, stranger, 'vuln'), /attested https/);
    assertRefused(await ask(image, key, 'vuln'), /was not made by key/);
    assertRefused(await ask(image, stranger, 'spdx'), /was not made by key/);
  });
}

async function ask(image: string, by: CosignKey, type: string): ReturnType<typeof ourAnswer> {
  const file = join(bench.directory, 'verifier.pub');
  await writeFile(file, by.publicKey);
  return ourAnswer(image, ['--key', file, '--type', type, '--insecure-ignore-tlog']);
}
