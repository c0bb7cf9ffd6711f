import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import type { Attestor } from '#shared/policy/model.ts';
import type { SignedEntity } from '#shared/signature/signed-entity.ts';
import { assessNotation } from '#shared/notation/assess-notation.ts';
import { legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import type { SigningRequest } from '#test/support/sigstore/signing-request.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { type Artifact, createImage, entityOf } from '#test/support/tampering/discovered.ts';
import {
  judgeFound,
  keyAttestor,
  keylessAttestor,
  MUCH_LATER,
  trustMaterialOf,
} from '#test/support/tampering/judge-image.ts';
import {
  ENVELOPE_TYPES,
  FORMATS,
  signNotation,
  SIGNING_TIME,
} from '#test/support/notation/notation-signer.ts';
import { makeNotationWorld, requestFor } from '#test/support/notation/notation-world.ts';
import { makeTimestampToken } from '#test/support/notation/timestamp-authority.ts';
import { markdownTable, median } from './statistics.ts';

/** Different signatures of each form, so that nothing is remembered but what all of them share. */
const SIGNATURES = 200;

/** The first ones find functions that V8 has not compiled yet. */
const WARM_UP = 50;

const CONTENT = 'image';

const sigstore = createVirtualSigstore();
const { rekor, rekorV2, tsa, time: at } = sigstore;
const root = trustMaterialOf(sigstore.trustedRoot());
const { subject } = createImage(CONTENT);
const key = keySigner();

type Make = (request: SigningRequest) => Artifact;

const legacy: Make = (request) => ({ kind: 'layer', layer: legacySignature(subject, request) });
const bundle: Make = (request) => ({
  kind: 'bundle',
  bundle: statementBundle(subject.digest, request),
});

interface Form {
  readonly make: Make;
  readonly request: () => SigningRequest;
  readonly attestor: Attestor;
}

const BY_KEY = keyAttestor(key.key);
const WITHOUT_LOG = { log: { kind: 'ignored' } } as const;

const FORMS: Readonly<Record<string, Form>> = {
  'key, no log, legacy layer': {
    make: legacy,
    request: () => ({ signer: key, at }),
    attestor: { ...BY_KEY, ...WITHOUT_LOG },
  },
  'key, no log, bundle': {
    make: bundle,
    request: () => ({ signer: key, at }),
    attestor: { ...BY_KEY, ...WITHOUT_LOG },
  },
  'key, Rekor v1, legacy layer': {
    make: legacy,
    request: () => ({ signer: key, at, logs: [rekor.entry()] }),
    attestor: BY_KEY,
  },
  'keyless, SCT, Rekor v1, legacy layer': {
    make: legacy,
    request: () => ({ signer: sigstore.keyless(), at, logs: [rekor.entry()] }),
    attestor: keylessAttestor(),
  },
  'keyless, SCT, Rekor v1, bundle': {
    make: bundle,
    request: () => ({ signer: sigstore.keyless(), at, logs: [rekor.entry()] }),
    attestor: keylessAttestor(),
  },
  'keyless, SCT, Rekor v2 and timestamp, bundle': {
    make: bundle,
    request: () => ({
      signer: sigstore.keyless(),
      at,
      logs: [rekorV2.entry()],
      timestamps: [tsa.stamp()],
    }),
    attestor: keylessAttestor(),
  },
  'keyless, SCT, timestamp only, bundle': {
    make: bundle,
    request: () => ({ signer: sigstore.keyless(), at, timestamps: [tsa.stamp()] }),
    attestor: keylessAttestor(WITHOUT_LOG),
  },
};

/** Median milliseconds of processor time for one piece of work after the first few. */
function cost(work: readonly (() => void)[]): number {
  const times = work.map((run) => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return median(times.slice(WARM_UP));
}

async function costOfForm({ make, request, attestor }: Form): Promise<number> {
  const entities: SignedEntity[] = [];
  for (let made = 0; made < SIGNATURES + WARM_UP; made += 1) {
    const entity = await entityOf(CONTENT, make(request()));
    if (typeof entity === 'string') throw new TypeError(entity);
    entities.push(entity);
  }
  return cost(
    entities.map((entity) => () => {
      const found = { entities: [entity], oddities: [], problems: [] };
      const options = { root, attestors: [attestor], now: MUCH_LATER };
      const { verdict, words } = judgeFound(found, subject.digest, options);
      assert.equal(verdict, 'satisfied', words);
    }),
  );
}

function costOfNotation(format: (typeof FORMATS)[number]): number {
  const world = makeNotationWorld();
  const [, , ca] = world.chain;
  const [, tsa] = world.authority;
  assert.ok(ca !== undefined && tsa !== undefined);
  const request = requestFor({ ca, tsa });
  const envelopes = Array.from({ length: SIGNATURES + WARM_UP }, () =>
    signNotation(format, world.chain, {
      timestamp: (signature) =>
        makeTimestampToken(signature, world.authority, { time: SIGNING_TIME }),
    }),
  );
  return cost(
    envelopes.map((envelope) => () => {
      const assessed = assessNotation({ envelopeType: ENVELOPE_TYPES[format], envelope }, request);
      assert.deepEqual(assessed.failures, []);
    }),
  );
}

/** What no verifier can do without: one P-256 signature over as many bytes. */
function costOfBareOperation(): number {
  const bytes = Buffer.alloc(300, 1);
  const signatures = Array.from({ length: SIGNATURES + WARM_UP }, () => key.key.sign(bytes));
  return cost(
    signatures.map((signature) => () => {
      assert.ok(verify('sha256', bytes, key.key.publicKey, signature));
    }),
  );
}

/** Processor time of judging one signature that was fetched, by form, against the bare operation. */
export async function benchVerificationCost(): Promise<string> {
  const bare = costOfBareOperation();
  const rows: [string, number][] = [['bare P-256 verification', bare]];
  for (const [name, form] of Object.entries(FORMS)) rows.push([name, await costOfForm(form)]);
  for (const format of FORMATS)
    rows.push([`notation, ${format.toUpperCase()}, timestamp`, costOfNotation(format)]);
  return markdownTable(
    ['one signature, trust root parsed', 'ms', 'bare operations'],
    rows.map(([name, ms]) => [name, ms.toFixed(2), (ms / bare).toFixed(1)]),
  );
}
