import { after, test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import {
  checkScenario,
  type Scenario,
  scenarioTitle,
} from '#test/support/scenario/check-scenario.ts';
import { podIn, policy, TASKS, taskWith } from '#test/support/scenario/objects.ts';
import { type Attach, putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';
import { DEFAULT_ISSUER } from '#test/support/sigstore/fulcio.ts';
import { legacyAttestation, legacySignature } from '#test/support/sigstore/legacy-layer.ts';
import type { SigningRequest } from '#test/support/sigstore/signing-request.ts';
import { storeAttestations, storeSignatures } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';

const WORKFLOWS = 'https://github.com/acme/zulu/.github/workflows';
const RELEASE = `${WORKFLOWS}/release.yaml@refs/tags/v`;
const SCANNER = `${WORKFLOWS}/scan.yaml@refs/heads/main`;
const GENERATOR =
  'https://github.com/acme/generator/.github/workflows/container.yml@refs/heads/main';
const PROVENANCE = 'https://slsa.dev/provenance/v0.2';
const SCAN = 'cosign.sigstore.dev/attestation/vuln/v1';

const sigstore = createVirtualSigstore();
const registry = await startRegistry();
const cluster = await startScenarioCluster({ trustedRoot: sigstore.trustedRoot() });
after(async () => {
  await cluster.close();
  await registry.close();
});

/** Signs as a workflow does whose certificate no transparency log has seen, which the policies allow. */
function workflow(subject: string): SigningRequest {
  const names = [{ kind: 'uri', value: subject }] as const;
  return {
    signer: sigstore.keyless({ names, sct: 'none' }),
    at: sigstore.time,
    logs: [sigstore.rekor.entry()],
  };
}

function signedBy(subject: string): Attach {
  return (store, of) =>
    storeSignatures(store, of, { layers: [legacySignature(of, workflow(subject))] });
}

/** Provenance that names this builder, and a scan. */
function attestedAs(builder: string): Attach {
  const statements = [
    [GENERATOR, PROVENANCE, { builder: { id: builder } }],
    [SCANNER, SCAN, { scanner: { uri: 'pkg:github/acme/scanner@0.34.0' } }],
  ] as const;
  return (store, of) =>
    storeAttestations(store, of, {
      layers: statements.map(([subject, predicateType, predicate]) =>
        legacyAttestation(of, workflow(subject), { predicateType, predicate }),
      ),
    });
}

const zulu = putSample(
  registry,
  'acme/zulu:v0.0.14',
  signedBy(`${RELEASE}0.0.14`),
  attestedAs(GENERATOR),
);
registry.tag(zulu.repository, 'latest', zulu.digest);
const branch = putSample(registry, 'acme/zulu:branch', signedBy(SCANNER));
const handmade = putSample(registry, 'acme/zulu:handmade', attestedAs('https://laptop.example'));
const other = putSample(registry, 'acme/other:v1', signedBy('https://gitlab.example/acme/other'));

function keyless(...subjects: readonly string[]): readonly JsonObject[] {
  return subjects.map((subject) => identity({ subject, issuer: DEFAULT_ISSUER }));
}

function identity(fields: JsonObject): JsonObject {
  return {
    keyless: { ...fields, rekor: { url: 'https://rekor.test' }, ctlog: { ignoreSCT: true } },
  };
}

const BUILT_BY_GENERATOR = matches(GENERATOR, 'builder.id');

/** Conditions on an attestation: a field starts with a text. */
function matches(start: string, field: string): JsonValue {
  const key = `{{ regex_match('^${start}','{{ ${field}}}') }}`;
  return [{ all: [{ key, operator: 'Equals', value: true }] }];
}

const ENTRY = { failureAction: 'Enforce', imageReferences: [`${registry.host}/acme/zulu*`] };

/** A policy on one attestation of the image. */
function attestation(fields: JsonObject): readonly JsonObject[] {
  return [
    policy({
      metadata: { annotations: { 'pod-policies.kyverno.io/autogen-controllers': 'none' } },
      spec: { background: false, webhookTimeoutSeconds: 30 },
      entries: [{ ...ENTRY, attestations: [fields] }],
    }),
  ];
}

const POD = podIn('default', zulu.reference);
const PINNED = { admits: POD, images: [zulu.pinned], proof: { [zulu.byDigest]: 'pass' } };
const BOTH = keyless(GENERATOR, SCANNER);

/** A policy on the signature of the image, with these switches. */
function signature(switches: JsonObject, imageReferences = ENTRY.imageReferences): JsonObject {
  const attestors = [{ entries: keyless(`${RELEASE}*`) }];
  return policy({ entries: [{ ...ENTRY, imageReferences, attestors, ...switches }] });
}

const NO_PIN = { mutateDigest: false, verifyDigest: false };
const LATEST = { admits: podIn('default', zulu.name), proof: { [`${zulu.name}:latest`]: 'pass' } };
const WRONG_BRANCH = { denies: podIn('default', branch.reference), because: /scan\.yaml/ };

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'keyless-image-invalid-attestor',
    given: [
      policy({
        entries: [
          {
            ...ENTRY,
            imageReferences: [`${zulu.name}:*`],
            attestors: [{ count: 1, entries: keyless('invalid subject', `${RELEASE}*`) }],
          },
        ],
      }),
    ],
    steps: [PINNED, WRONG_BRANCH],
  },
  {
    name: 'keyless-attestation-invalid-attestor',
    given: attestation({
      type: PROVENANCE,
      attestors: [{ count: 1, entries: keyless('invalid subject', GENERATOR) }],
    }),
    steps: [PINNED],
  },
  {
    name: 'keyless-attestation-regexp',
    given: attestation({
      type: PROVENANCE,
      attestors: [
        {
          count: 1,
          entries: [
            identity({
              subjectRegExp: String.raw`https://github\.com/acme/generator/\.github/workflows/container\.yml@.+`,
              issuerRegExp: String.raw`https://token\.actions\.githubusercontent.+`,
            }),
          ],
        },
      ],
    }),
    steps: [PINNED],
  },
  {
    name: 'keyless-attestations-multiple-subjects-1',
    given: attestation({
      predicateType: PROVENANCE,
      attestors: [{ entries: keyless(GENERATOR) }],
      conditions: BUILT_BY_GENERATOR,
    }),
    steps: [
      PINNED,
      { denies: podIn('default', handmade.reference), because: /attestation checks failed for / },
    ],
  },
  {
    name: 'keyless-attestations-multiple-subjects-2',
    given: attestation({
      predicateType: SCAN,
      attestors: [{ entries: keyless(SCANNER) }],
      conditions: matches('pkg:github/acme/scanner@0.34.0', 'scanner.uri '),
    }),
    steps: [PINNED],
  },
  {
    name: 'keyless-attestations-multiple-subjects-3',
    given: attestation({
      predicateType: SCAN,
      attestors: [{ entries: keyless(GENERATOR) }],
      conditions: BUILT_BY_GENERATOR,
    }),
    steps: [{ denies: POD, because: /scan\.yaml/ }],
  },
  {
    name: 'keyless-attestations-multiple-subjects-4',
    differs:
      'whose attestation counts must be said: in Kyverno that of any Sigstore certificate does',
    given: attestation({ predicateType: PROVENANCE, conditions: BUILT_BY_GENERATOR }),
    steps: [{ denies: POD, because: /attestors/, code: 503 }],
  },
  {
    name: 'keyless-attestations-multiple-subjects-counts-1',
    given: attestation({
      predicateType: PROVENANCE,
      attestors: [{ count: 1, entries: BOTH }],
      conditions: BUILT_BY_GENERATOR,
    }),
    steps: [PINNED],
  },
  {
    name: 'keyless-attestations-multiple-subjects-counts-2',
    given: attestation({
      predicateType: PROVENANCE,
      attestors: [{ count: 2, entries: BOTH }],
      conditions: BUILT_BY_GENERATOR,
    }),
    steps: [{ denies: POD, because: /1 of 2|verifiedCount: 1, requiredCount: 2/ }],
  },
  {
    name: 'keyless-attestations-multiple-subjects-counts-3',
    given: attestation({
      predicateType: PROVENANCE,
      attestors: [{ entries: BOTH }],
      conditions: BUILT_BY_GENERATOR,
    }),
    steps: [{ denies: POD, because: /1 of 2|verifiedCount: 1, requiredCount: 2/ }],
  },
  {
    name: 'keyless-mutatedigest-verifydigest-required',
    given: [
      signature({ mutateDigest: true, verifyDigest: true, required: true }, [`${zulu.name}:*`]),
    ],
    steps: [PINNED, WRONG_BRANCH],
  },
  {
    name: 'keyless-nomutatedigest-noverifydigest-norequired',
    given: [signature({ ...NO_PIN, required: false })],
    steps: [LATEST, WRONG_BRANCH],
  },
  {
    name: 'keyless-nomutatedigest-noverifydigest-required',
    given: [signature({ ...NO_PIN, required: true })],
    steps: [LATEST, WRONG_BRANCH],
  },
  {
    name: 'imageExtractors-complex-keyless',
    given: [
      policy({
        name: 'tasks-keyless',
        spec: { admission: true, background: true, webhookTimeoutSeconds: 30 },
        rule: { ...TASKS, imageExtractors: { Task: [{ path: '/spec/steps/*/image' }] } },
        entries: [
          {
            ...ENTRY,
            imageReferences: [`${registry.host}/*`],
            attestors: [{ count: 1, entries: keyless('https://github.com/*') }],
            useCache: true,
          },
        ],
      }),
    ],
    steps: [
      { admits: taskWith(zulu.byDigest), proof: { [zulu.byDigest]: 'pass' } },
      { denies: taskWith(zulu.byDigest, other.reference), because: /gitlab\.example/ },
    ],
  },
];

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
