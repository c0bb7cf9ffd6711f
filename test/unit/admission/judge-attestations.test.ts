import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { NO_CONTEXT_SOURCES } from '#shared/admission/context/context-sources.ts';
import { judgeAttestations } from '#shared/admission/attestation/judge-attestations.ts';
import { RuleSession } from '#shared/admission/rule-session.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { parseReference } from '#shared/image/reference.ts';
import type { VerifiedAttestation, VerifiedStatement } from '#shared/verification/verdict.ts';
import { pod, requestFor } from '#test/support/admission/objects.ts';
import { policiesFrom } from '#test/support/admission/policies.ts';

const SCAN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

const [policy] = policiesFrom(`
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: p }
spec:
  rules:
    - name: r
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ['*']
          attestations:
            - type: ${SCAN}
              attestors:
                - entries:
                    - keyless: { issuer: https://issuer.example, subject: a@b.example }
              conditions:
                - all: [{ key: '{{ clean }}', operator: Equals, value: true }]
`);
const rule = policy?.rules.find(({ name }) => name === 'r');
assert(policy !== undefined && rule?.kind === 'verify-images');
const [entry] = rule.entries;
assert(entry !== undefined);
const [requirement] = entry.attestations ?? [];
assert(requirement !== undefined);

const session = new RuleSession(
  { policy, rule, mode: 'enforce' },
  {
    request: requestFor(pod(['a.example/b:v1'])),
    kind: undefined,
    images: [],
    roles: undefined,
    sources: NO_CONTEXT_SOURCES,
    evaluation: {
      budget: new EvaluationBudget(),
      clock: { now: () => 0 },
      hosts: NO_HOST_ADDRESSES,
    },
    signal: undefined,
  },
);

const CLEAN = { predicateType: SCAN, predicate: { clean: true } };

function stated(...statements: readonly VerifiedStatement[]): readonly VerifiedAttestation[] {
  const [set] = requirement?.attestors ?? [];
  assert(requirement !== undefined && set !== undefined);
  const signer = { kind: 'signer', signers: new Set(['a']), aliases: [], statements } as const;
  return [{ requirement, sets: [{ set, satisfied: [signer] }] }];
}

const NOTHING =
  'attestations of spec.rules[0].verifyImages[0].attestations[0] were verified, but there are no statements to judge';

const ROWS: readonly (readonly [
  what: string,
  readonly VerifiedAttestation[] | undefined,
  refusal: RegExp | undefined,
])[] = [
  ['none', undefined, new RegExp(RegExp.escape(NOTHING))],
  ['none of this requirement', [], new RegExp(RegExp.escape(NOTHING))],
  ['none in it', stated(), new RegExp(RegExp.escape(NOTHING))],
  ['one that says so', stated(CLEAN), undefined],
  [
    'one that says so and one that does not',
    stated(CLEAN, { ...CLEAN, predicate: { clean: false } }),
    /^attestation checks failed/,
  ],
];

for (const [what, attestations, expected] of ROWS) {
  test(`MNH-05 judgeAttestations(): of statements that verified there is ${what}`, async () => {
    const { refusal } = await judgeAttestations(
      attestations === undefined ? {} : { attestations: [attestations] },
      { entry, reference: parseReference('a.example/b:v1'), session },
    );
    if (expected === undefined) assert.equal(refusal, undefined);
    else assert.match(refusal?.message ?? '', expected);
  });
}
