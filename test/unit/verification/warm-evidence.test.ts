import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { evaluateAttestors } from '#shared/verification/evaluate-attestors.ts';
import type { Evidence } from '#shared/verification/evidence.ts';
import { EvidenceCache } from '#shared/verification/evidence-cache.ts';
import { warmEvidence } from '#shared/verification/warm-evidence.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { attach, createImage, discover } from '#test/support/tampering/discovered.ts';
import { keylessAttestor } from '#test/support/tampering/judge-image.ts';

const sigstore = createVirtualSigstore();
const SIGNATURES = 48;

test('MNH-26 warmEvidence() lets others have their turn while it verifies many signatures', async () => {
  const image = createImage();
  for (let index = 0; index < SIGNATURES; index += 1) {
    const signer = sigstore.keyless();
    const logs = [sigstore.rekor.entry()];
    const bundle = statementBundle(image.subject.digest, { signer, at: sigstore.time, logs });
    attach(image, { kind: 'bundle', bundle });
  }
  const found = await discover(image, 'signatures');
  assert.equal(found.entities.length, SIGNATURES);
  const { material } = readTrustedRoot(JSON.stringify(sigstore.trustedRoot()));
  const evidence: Evidence = {
    digest: image.subject.digest,
    formats: 'any',
    purpose: { kind: 'signature', acceptsAnyStatement: false },
    signaturesIn: () => found,
    cache: new EvidenceCache(),
    trustRoot: () => material,
    now: Date.now(),
  };
  const set = { path: 'set', count: 1, entries: [keylessAttestor()] };
  const done = new AbortController();
  let turns = 0;
  const others = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await setImmediate();
      turns += 1;
    }
  };
  const warming = warmEvidence([set], evidence).finally(() => done.abort());
  await Promise.all([warming, others()]);
  assert.ok(turns > 2, `${turns} turns`);
  const outcome = evaluateAttestors(set, evidence);
  assert.equal(outcome.kind === 'satisfied' ? outcome.facts.length : 0, SIGNATURES);
});
