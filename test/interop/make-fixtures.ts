// Makes test/fixture/cosign/*.json anew, with new keys: `node test/interop/make-fixtures.ts`.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CosignFixture,
  FixtureAlgorithm,
  FixtureContent,
} from '#test/fixture/cosign/load-fixture.ts';
import { KEY_KINDS, openCosign } from './cosign.ts';
import type { Cosign, CosignFormat, CosignKey, KeyKind } from './cosign.ts';
import { startRealRegistry } from './real-registry.ts';
import { recordFixture } from './record-fixture.ts';
import type { Place } from './registry-http.ts';
import { pushImage, sampleImage, sampleIndex } from './sample-image.ts';
import type { SampleImage } from './sample-image.ts';

const TAG = 'v1';
const ANNOTATIONS = { env: 'prod' };
const FORMATS: readonly CosignFormat[] = ['legacy', 'bundle'];

/** The payload's docker-reference must not carry the port of the registry of the day. */
const IDENTITY_HOST = 'registry.example';

/** What cosign 3.1.3 does with each kind of key. */
const SIGNED_WITH: Readonly<Record<KeyKind, FixtureAlgorithm>> = {
  'ecdsa-p256': 'ecdsa-p256',
  'ecdsa-p384': 'ecdsa-p384',
  'ecdsa-p521': 'ecdsa-p521',
  'rsa-2048': 'rsa-2048',
  ed25519: 'ed25519ph',
};

interface Workshop {
  readonly host: string;
  readonly cosign: Cosign;
  readonly keys: Readonly<Record<KeyKind, CosignKey>>;
}

interface Recipe {
  readonly name: string;
  readonly content: FixtureContent;
  readonly image: SampleImage;
  readonly annotations: Readonly<Record<string, string>>;
  readonly keys: readonly (readonly [KeyKind, FixtureAlgorithm])[];
  readonly make: (shop: Workshop, image: string) => Promise<void>;
}

const OUTPUT = join(import.meta.dirname, '..', 'fixture', 'cosign');

function recipes(): readonly Recipe[] {
  return [
    ...KEY_KINDS.flatMap((kind) => FORMATS.map((format) => signed(kind, format))),
    ...FORMATS.map((format) => twoSigners(format)),
    ...FORMATS.map((format) => signedIndex(format)),
    ...FORMATS.map((format) => attested(format)),
    pureEd25519(),
  ];
}

function signed(kind: KeyKind, format: CosignFormat): Recipe {
  const name = `${kind}-${format}`;
  return {
    name,
    content: `${format}-signature`,
    image: sampleImage(name),
    annotations: ANNOTATIONS,
    keys: [[kind, SIGNED_WITH[kind]]],
    make: async (shop, image) => signWith(shop, image, { kind, format }),
  };
}

function twoSigners(format: CosignFormat): Recipe {
  const name = `two-signers-${format}`;
  const kinds = ['ecdsa-p256', 'rsa-2048'] as const;
  return {
    name,
    content: `${format}-signature`,
    image: sampleImage(name),
    annotations: ANNOTATIONS,
    keys: kinds.map((kind) => [kind, SIGNED_WITH[kind]]),
    make: async (shop, image) => {
      for (const kind of kinds) {
        await signWith(shop, image, { kind, format });
      }
    },
  };
}

function signedIndex(format: CosignFormat): Recipe {
  const name = `index-${format}`;
  const image = sampleIndex(name, ['amd64', 'arm64']);
  return { ...signed('ecdsa-p256', format), name, image };
}

function attested(format: CosignFormat): Recipe {
  const name = `attestation-${format}`;
  const kind = 'ecdsa-p256';
  return {
    ...signed(kind, format),
    name,
    content: `${format}-attestation`,
    image: sampleImage(name),
    annotations: {},
    make: async (shop, image) => shop.cosign.attest(image, { key: shop.keys[kind], format }),
  };
}

/** As cosign 2 signed: the signature is made here, cosign stores it. */
function pureEd25519(): Recipe {
  const name = 'ed25519-pure-legacy';
  return {
    ...signed('ed25519', 'legacy'),
    name,
    image: sampleImage(name),
    keys: [['ed25519', 'ed25519']],
    make: async (shop, image) => {
      const [repository = '', digest = ''] = image.split('@');
      const payload = JSON.stringify({
        critical: {
          identity: { 'docker-reference': repository.replace(shop.host, IDENTITY_HOST) },
          image: { 'docker-manifest-digest': digest },
          type: 'cosign container image signature',
        },
        optional: ANNOTATIONS,
      });
      const { privateKey } = shop.keys.ed25519;
      assert(privateKey !== undefined);
      const signature = sign(null, Buffer.from(payload), privateKey);
      await shop.cosign.attach(image, payload, signature);
    },
  };
}

async function signWith(
  shop: Workshop,
  image: string,
  how: { readonly kind: KeyKind; readonly format: CosignFormat },
): Promise<void> {
  const repository = image.split('@')[0] ?? '';
  await shop.cosign.sign(image, {
    key: shop.keys[how.kind],
    format: how.format,
    annotations: ANNOTATIONS,
    // Bundles carry no docker-reference.
    ...(how.format === 'legacy' ? { identity: repository.replace(shop.host, IDENTITY_HOST) } : {}),
  });
}

async function makeFixture(shop: Workshop, recipe: Recipe): Promise<CosignFixture> {
  const place: Place = { host: shop.host, path: `fixture/${recipe.name}` };
  const { digest } = recipe.image.manifest;
  await pushImage(place, recipe.image, TAG);
  await recipe.make(shop, `${place.host}/${place.path}@${digest}`);
  const keys = recipe.keys.map(([kind, algorithm]) => ({
    algorithm,
    publicKey: shop.keys[kind].publicKey,
  }));
  return {
    name: recipe.name,
    content: recipe.content,
    repository: place.path,
    tag: TAG,
    digest,
    annotations: recipe.annotations,
    keys,
    ...(await recordFixture(place, TAG)),
  };
}

async function createKeys(cosign: Cosign): Promise<Readonly<Record<KeyKind, CosignKey>>> {
  const entries: [KeyKind, CosignKey][] = [];
  for (const kind of KEY_KINDS) {
    entries.push([kind, await cosign.createKey(kind, kind)]);
  }
  return Object.fromEntries(entries) as Record<KeyKind, CosignKey>;
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sign-policy-fixtures-'));
  const registry = await startRealRegistry({ directory, referrers: false });
  try {
    const cosign = await openCosign(join(directory, 'cosign'));
    const shop = { host: registry.host, cosign, keys: await createKeys(cosign) };
    for (const recipe of recipes()) {
      const fixture = await makeFixture(shop, recipe);
      await writeFile(
        join(OUTPUT, `${recipe.name}.json`),
        `${JSON.stringify(fixture, undefined, 2)}\n`,
      );
      process.stdout.write(`${recipe.name}\n`);
    }
  } finally {
    await registry.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
