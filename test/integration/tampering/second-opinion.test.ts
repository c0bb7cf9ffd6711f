import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assert as check,
  asyncProperty,
  boolean,
  constantFrom,
  nat,
  option,
  record,
} from 'fast-check';
import { type JsonPath, alterAt, flipBase64, leafPaths } from '#test/support/sigstore/alter.ts';
import { type BundleJson, statementBundle } from '#test/support/sigstore/bundle.ts';
import type { SctForm } from '#test/support/sigstore/fulcio.ts';
import { judge } from '#test/support/sigstore/judge.ts';
import type { LogStep, StampStep } from '#test/support/sigstore/logged-signature.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { attach, createImage } from '#test/support/tampering/discovered.ts';
import { judgeImage, keylessAttestor } from '#test/support/tampering/judge-image.ts';

const sigstore = createVirtualSigstore();
const foreign = createVirtualSigstore();
const { rekor, rekorV2, tsa, time: at } = sigstore;
const root = sigstore.trustedRoot();
const { subject } = createImage();
const later = new Date(at.getTime() + 11 * 60_000);

const LOGS: Readonly<Record<string, readonly LogStep[]>> = {
  both: [rekor.entry()],
  proof: [rekor.entry({ form: 'proof' })],
  intoto: [rekor.entry({ kind: 'intoto-0.0.2' })],
  v2: [rekorV2.entry()],
  late: [rekor.entry({ at: later })],
  foreign: [foreign.rekor.entry()],
  'other content': [rekor.entry({ about: { signature: Buffer.from('x') } })],
  none: [],
};

const STAMPS: Readonly<Record<string, readonly StampStep[]>> = {
  good: [tsa.stamp({ embed: 'chain' })],
  late: [tsa.stamp({ at: later })],
  foreign: [foreign.tsa.stamp()],
  'wrong key': [tsa.stamp({ wrongKey: true })],
  none: [],
};

const SCTS: readonly SctForm[] = [
  'good',
  'good',
  'good',
  'two-logs',
  'with-extensions',
  'none',
  'unknown-log',
  'forged',
  'truncated',
];

const cases = record({
  logs: constantFrom(...Object.keys(LOGS)),
  stamps: constantFrom(...Object.keys(STAMPS)),
  sct: constantFrom(...SCTS),
  isForeign: constantFrom(false, false, false, true),
  isExpired: constantFrom(false, false, false, true),
  hasChain: boolean(),
  alteration: option(nat(200), { freq: 2 }),
});

function alter(bundle: BundleJson, choice: number): BundleJson {
  const paths = leafPaths(bundle);
  const path = paths[choice % paths.length] ?? [];
  return alterAt(bundle, path, (value) => alterValue(path, value));
}

function alterValue(path: JsonPath, value: unknown): unknown {
  const name = String(path.at(-1));
  if (/index$|size$|time$/i.test(name)) return String(Number(value) + 1);
  return /^(?:kind|version|envelope|mediaType|payloadType)$/.test(name)
    ? `${String(value)}x`
    : flipBase64(value);
}

test('second opinion: what verifies here verifies with sigstore-js too, however it was made or altered', async () => {
  let accepted = 0;
  await check(
    asyncProperty(cases, async ({ logs, stamps, sct, isForeign, isExpired, ...made }) => {
      const leaf = isExpired ? { sct, notAfter: new Date(at.getTime() - 1000) } : { sct };
      const signer = (isForeign ? foreign : sigstore).keyless(leaf);
      const request = {
        signer,
        at,
        logs: LOGS[logs] ?? [],
        timestamps: STAMPS[stamps] ?? [],
        version: made.hasChain ? ('0.2' as const) : ('0.3' as const),
      };
      const whole = statementBundle(subject.digest, request);
      const bundle = made.alteration === null ? whole : alter(whole, made.alteration);
      const image = createImage();
      attach(image, { kind: 'bundle', bundle });
      const { verdict } = await judgeImage(image, { root, attestors: [keylessAttestor()] });
      if (verdict !== 'satisfied') return;
      accepted += 1;
      // Timestamps by nobody we know are passed over here, sigstore-js refuses the bundle for them.
      if (stamps !== 'good' && stamps !== 'none') return;
      assert.equal(judge(bundle, root), undefined);
    }),
    { numRuns: 500 },
  );
  assert.ok(accepted > 10, `${accepted} accepted`);
});

test('second opinion: what is whole verifies in both, what is wrong in neither', async () => {
  for (const [logs, steps] of Object.entries(LOGS))
    for (const stamps of ['good', 'late', 'none']) {
      const signer = sigstore.keyless();
      const timestamps = STAMPS[stamps] ?? [];
      const bundle = statementBundle(subject.digest, { signer, at, logs: steps, timestamps });
      const image = createImage();
      attach(image, { kind: 'bundle', bundle });
      const { verdict } = await judgeImage(image, { root, attestors: [keylessAttestor()] });
      assert.equal(
        verdict === 'satisfied',
        judge(bundle, root) === undefined,
        `${logs}, ${stamps}`,
      );
    }
});
