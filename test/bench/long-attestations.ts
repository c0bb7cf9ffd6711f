import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '#shared/base/clock.ts';
import { parseReference } from '#shared/image/reference.ts';
import type { KeyAttestor, VerifyImagesEntry } from '#shared/policy/model.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import type { SignedSubject } from '#test/support/signer/artifact-store.ts';
import { MEMORY_HOST } from '#test/support/signer/memory-registry.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { DSSE_ENVELOPE, legacyAttestation } from '#test/support/sigstore/legacy-layer.ts';
import type { Signer } from '#test/support/sigstore/signer.ts';
import { createVirtualSigstore, keySigner } from '#test/support/sigstore/virtual-sigstore.ts';
import { type Artifact, attach, createImage } from '#test/support/tampering/discovered.ts';
import { keyAttestor, trustMaterialOf } from '#test/support/tampering/judge-image.ts';
import { markdownTable } from './statistics.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const sigstore = createVirtualSigstore();
const { rekor, tsa, time: at } = sigstore;
const root = trustMaterialOf(sigstore.trustedRoot());
const PREDICATE = 'https://spdx.dev/Document';

/** Packages of an SPDX document: 24,000 make an envelope of six megabytes. */
const PACKAGES = 24_000;

function spdx(): object {
  const packages = Array.from({ length: PACKAGES }, (_, index) => ({
    SPDXID: `SPDXRef-Package-${index}`,
    name: `package-${index}`,
    versionInfo: `1.${index}.0`,
    supplier: 'Organization: Example',
    licenseConcluded: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
  }));
  return { packages };
}

/** Seven megabytes that take JSON.parse half a second. */
function hostile(): readonly unknown[] {
  return Array.from({ length: 2_300_000 }, () => []);
}

const ecdsa = keySigner();
const ed25519 = keySigner('ed25519', { scheme: 'prehashed' });
const stranger = keySigner();

type Make = (subject: SignedSubject) => Artifact;

function layer(signer: Signer, makePredicate: () => unknown): Make {
  const request = { signer, at, logs: [rekor.entry()], timestamps: [tsa.stamp()] };
  return (subject) => {
    const options = { predicateType: PREDICATE, predicate: makePredicate() };
    return { kind: 'layer', layer: legacyAttestation(subject, request, options) };
  };
}

function bundle(signer: Signer, makePredicate: () => unknown): Make {
  const request = { signer, at, logs: [rekor.entry()] };
  return ({ digest }) => ({
    kind: 'bundle',
    bundle: statementBundle(digest, request, {
      predicateType: PREDICATE,
      predicate: makePredicate(),
    }),
  });
}

/** A layer whose envelope is whatever somebody pushed. */
function pushed(content: string): Make {
  return () => ({
    kind: 'layer',
    layer: { mediaType: DSSE_ENVELOPE, blob: Buffer.from(content), annotations: {} },
  });
}

const FORMS: readonly (readonly [string, Signer, () => Make])[] = [
  ['SPDX in an .att layer, ECDSA', ecdsa, () => layer(ecdsa, spdx)],
  ['SPDX in a bundle, ECDSA', ecdsa, () => bundle(ecdsa, spdx)],
  ['SPDX in an .att layer, Ed25519', ed25519, () => layer(ed25519, spdx)],
  ['hostile statement of a stranger', ecdsa, () => layer(stranger, hostile)],
  ['hostile statement in a bundle', ecdsa, () => bundle(stranger, hostile)],
  ['hostile envelope', ecdsa, () => pushed(JSON.stringify(hostile()))],
  ['an envelope of blanks', ecdsa, () => pushed(`{${' '.repeat(9_000_000)}}`)],
  ['an envelope of escapes', ecdsa, () => pushed(JSON.stringify({ a: '\n'.repeat(4_000_000) }))],
];

/** How long attestations of megabytes keep everybody else waiting. */
export async function benchLongAttestations(): Promise<string> {
  const rows = [];
  for (const [name, signer, make] of FORMS) {
    await measure(make(), signer);
    rows.push([name, ...(await measure(make(), signer))]);
  }
  const headers = ['attestation', 'longest pause, ms', 'all of it, ms', 'verdict'];
  return `Large attestations, ${PACKAGES} packages or hostile\n\n${markdownTable(headers, rows)}`;
}

async function measure(make: Make, signer: Signer): Promise<readonly string[]> {
  const image = createImage();
  attach(image, make(image.subject));
  const { memory, subject } = image;
  const verifier = new ImageVerifier({ clock: systemClock, trustRoots: { get: () => root } });
  const reference = parseReference(`${MEMORY_HOST}/${subject.repository}@${subject.digest}`);
  const resolved = { reference, digest: subject.digest, registry: memory.registry };
  // What made the attestation is no part of the server, whose heap is small.
  collectGarbage();
  await setTimeout(100);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const { kind } = await verifier.verify(resolved, entryFor(keyAttestor(signer.key)), undefined);
  const took = performance.now() - start;
  await setTimeout(5);
  delay.disable();
  return [(delay.max / 1e6).toFixed(1), took.toFixed(0), kind];
}

function entryFor(attestor: KeyAttestor): VerifyImagesEntry {
  const attestors = [{ path: 'attestors[0]', count: 'all', entries: [attestor] } as const];
  return {
    path: 'bench',
    imageReferences: ['*'],
    skipImageReferences: [],
    attestors: [],
    attestations: [
      { path: 'attestations[0]', name: undefined, predicateType: PREDICATE, attestors },
    ],
    formats: 'any',
    mutateDigest: true,
    verifyDigest: true,
    required: true,
  };
}
