import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { makeNotationWorld } from '#test/support/notation/notation-world.ts';
import { putAttestation, putNotation } from '#test/support/notation/put-notation.ts';
import { startRegistry } from '#test/support/registry/test-registry.ts';
import {
  checkScenario,
  type Scenario,
  scenarioTitle,
} from '#test/support/scenario/check-scenario.ts';
import {
  configMap,
  namespaceObject,
  podIn,
  policy,
  type PolicyParts,
  secret,
} from '#test/support/scenario/objects.ts';
import { type Attach, putSample } from '#test/support/scenario/sample-images.ts';
import { startScenarioCluster } from '#test/support/scenario/scenario-cluster.ts';

const { chain, strangers } = makeNotationWorld();
const authority = chain.at(-1);
assert.ok(authority);
const registry = await startRegistry();
const cluster = await startScenarioCluster({});
const LOGIN = { username: 'kyverno', password: 'hunter2' };
const closed = await startRegistry({ auth: { kind: 'basic', ...LOGIN } });
after(async () => {
  await cluster.close();
  await registry.close();
  await closed.close();
});

/** Signed before now, whenever that is. */
const SIGNED_AT = { signingTime: Date.UTC(2024, 5, 1) };
const SBOM = 'sbom/cyclone-dx';
const SCAN = 'vulnerability-scan';
const TRIVY = 'trivy/vulnerability';
const TRIVY_WITH_MORE = 'trivy/vulnerability-fail-test';
const VEX = 'vex/cyclone-dx';

function signedBy(by: typeof chain): Attach {
  return (store, subject) => putNotation(store, subject, by, SIGNED_AT);
}

/** An attestation of Kyverno's kind for Notary: an artifact that is itself signed. */
function attested(type: string, document: JsonValue): Attach {
  return (store, subject) => {
    const artifact = putAttestation(store, subject, { type, text: JSON.stringify(document) });
    return putNotation(store, artifact, chain, SIGNED_AT);
  };
}

const found = (...ids: readonly string[]): JsonValue => ({
  Vulnerabilities: ids.map((VulnerabilityID) => ({ VulnerabilityID })),
});
const signed = putSample(
  registry,
  'acme/app:signed',
  signedBy(chain),
  attested(SBOM, {
    bomFormat: 'CycloneDX',
    metadata: { timestamp: '2024-06-02T10:00:00Z' },
    components: [{ licenses: [{ expression: 'GPL-3.0' }] }, { name: 'without a license' }],
  }),
  attested(SCAN, {
    source: { type: 'image' },
    descriptor: { timestamp: '2024-06-02T09:00:00Z' },
  }),
  attested(TRIVY, found('CVE-1', 'CVE-2')),
  attested(TRIVY_WITH_MORE, found('CVE-1', 'CVE-9')),
  attested(VEX, { vulnerabilities: [{ id: 'CVE-1' }, { id: 'CVE-2' }] }),
);
const unsigned = putSample(registry, 'acme/app:unsigned');
const foreign = putSample(registry, 'acme/app:foreign', signedBy(strangers));
const elsewhere = putSample(registry, 'other/app:1');
const secretApp = putSample(closed, 'acme/private:signed', signedBy(chain));

const KEYS = configMap('notary', 'keys', { certificate: authority.pem });
const CERTIFICATE = { certificates: { cert: '{{ keys.data.certificate }}' } };
const ATTESTORS = [{ entries: [CERTIFICATE] }];
const OURS = { type: 'Notary', imageReferences: [`${registry.host}/acme/app*`] };

/** A policy of type Notary whose certificate is in a ConfigMap. */
function notary(entry: JsonObject, parts: PolicyParts = {}): readonly JsonObject[] {
  return [
    namespaceObject('notary'),
    KEYS,
    policy({
      spec: { webhookTimeoutSeconds: 30, failurePolicy: 'Fail' },
      rule: {
        context: [{ name: 'keys', configMap: { name: 'keys', namespace: 'notary' } }],
      },
      ...parts,
      entries: [{ ...OURS, ...entry }],
    }),
  ];
}

/** Two attestations by name, and what they must not say together. */
function named(
  types: Readonly<Record<string, string>>,
  validate: JsonObject,
): readonly JsonObject[] {
  const attestations = Object.entries(types).map(([name, type]) => ({
    name,
    type,
    attestors: ATTESTORS,
  }));
  const spec = { validationFailureAction: 'Enforce', webhookTimeoutSeconds: 30 };
  return notary({ attestations, validate }, { spec });
}

/** Denied where one of the times is not in this order. */
function scanned(isBefore: boolean): readonly JsonObject[] {
  const key =
    "{{ time_after('{{ sbom.metadata.timestamp }}', '{{ scan.descriptor.timestamp }}' ) }}";
  return named(
    { sbom: SBOM, scan: SCAN },
    {
      message: 'scan report should be created after sbom',
      deny: {
        conditions: {
          any: [
            {
              key: '{{ sbom.bomFormat }}',
              operator: 'NotEquals',
              value: 'CycloneDX',
              message: 'test1',
            },
            { key, operator: 'Equals', value: isBefore, message: 'test2' },
          ],
        },
      },
    },
  );
}

function allKnown(trivy: string): readonly JsonObject[] {
  return named(
    { trivy, vex: VEX },
    {
      message: 'All vulnerabilities in trivy and vex should be same',
      deny: {
        conditions: {
          any: [
            {
              key: '{{ trivy.Vulnerabilities[*].VulnerabilityID }}',
              operator: 'AnyNotIn',
              value: '{{ vex.vulnerabilities[*].id }}',
            },
          ],
        },
      },
    },
  );
}

const POD = podIn('notary', signed.reference);
const PINNED = { admits: POD, images: [signed.pinned], proof: { [signed.byDigest]: 'pass' } };
const ENFORCED = { failureAction: 'Enforce', attestors: [{ count: 1, ...ATTESTORS[0] }] };
const ANOTHER_VERSION = 'kyverno.io/v2beta1';

const SCENARIOS: readonly Scenario[] = [
  { name: 'multiple-image-verification-attestations-pass', given: scanned(false), steps: [PINNED] },
  {
    name: 'multiple-image-verification-attestations-fail',
    given: scanned(true),
    steps: [{ denies: POD, because: /failed: scan report should be created after sbom[^]*test2/ }],
  },
  {
    name: 'multiple-image-verification-attestations-trivy-vex-pass',
    given: allKnown(TRIVY),
    steps: [PINNED],
  },
  {
    name: 'multiple-image-verification-attestations-trivy-vex-fail',
    given: allKnown(TRIVY_WITH_MORE),
    steps: [{ denies: POD, because: /All vulnerabilities in trivy and vex should be same/ }],
  },
  {
    name: 'notary-image-verification',
    given: notary(ENFORCED, { apiVersion: ANOTHER_VERSION }),
    steps: [
      PINNED,
      {
        denies: podIn('notary', unsigned.reference),
        because:
          /no Notary Project signatures found[^]*to do: sign this digest \(notation sign IMAGE@DIGEST\)/,
      },
      { denies: podIn('notary', foreign.reference), because: /not issued by a trusted authority/ },
    ],
  },
  {
    name: 'notary-attestation-verification',
    given: notary({
      failureAction: 'Enforce',
      attestations: [
        {
          type: SBOM,
          attestors: ATTESTORS,
          conditions: [
            {
              all: [
                {
                  key: '{{ components[].licenses[].expression }}',
                  operator: 'AllIn',
                  value: ['GPL-3.0'],
                },
              ],
            },
          ],
        },
        {
          type: SCAN,
          attestors: ATTESTORS,
          conditions: [{ all: [{ key: '{{ source.type }}', operator: 'Equals', value: 'image' }] }],
        },
      ],
    }),
    steps: [
      PINNED,
      {
        denies: podIn('notary', foreign.reference),
        because: /no attestations found|attestations not found/,
      },
    ],
  },
  {
    name: 'notary-image-verification-secret-from-policy',
    given: notary(
      {
        ...ENFORCED,
        imageReferences: [`${closed.host}/acme/private*`],
        imageRegistryCredentials: { secrets: ['regcred'] },
      },
      { apiVersion: ANOTHER_VERSION },
    ),
    steps: [
      {
        denies: podIn('notary', secretApp.reference),
        because:
          /answered 401.*Secret "kyverno\/regcred" of imageRegistryCredentials does not exist/s,
        code: 503,
      },
      {
        give: [
          secret('kyverno', 'regcred', {
            '.dockerconfigjson': JSON.stringify({ auths: { [closed.host]: LOGIN } }),
          }),
        ],
      },
      { admits: podIn('notary', secretApp.reference), images: [secretApp.pinned] },
    ],
  },
  {
    name: 'skip-image-reference',
    given: notary(
      {
        ...ENFORCED,
        imageReferences: [`${registry.host}/*`],
        skipImageReferences: [`${registry.host}/acme*`],
      },
      { apiVersion: ANOTHER_VERSION },
    ),
    steps: [
      {
        admits: podIn('notary', signed.reference),
        images: [signed.pinned],
        warns: /skipImageReferences/,
      },
      { admits: podIn('notary', unsigned.pinned), warns: /skipImageReferences/ },
      {
        denies: podIn('notary', unsigned.pinned, elsewhere.reference),
        because: /no Notary Project signatures found/,
      },
    ],
  },
];

for (const scenario of SCENARIOS) {
  test(scenarioTitle(scenario), async () => checkScenario(cluster, scenario));
}
