import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJudge, type JudgeOptions } from '#server/admission/judge.ts';
import { decodeReview } from '#server/admission/review.ts';
import { createPolicySet, type PolicySet } from '#server/policy/policy-set.ts';
import type { Decision } from '#shared/admission/decision.ts';
import { brokenPolicy } from '#server/policy/broken-policy.ts';
import { decisionOf, reviewOf } from './review-fixture.ts';

const SHORT = { stop: 10, answer: 20 };
const LONG = { stop: 60_000, answer: 60_000 };

function policies(action: 'Enforce' | 'Audit'): PolicySet {
  const spec = { validationFailureAction: action };
  const object = {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'p' },
    spec,
  };
  return createPolicySet([brokenPolicy(object, [])]);
}

interface Call {
  readonly options?: Partial<JudgeOptions>;
  readonly request?: Record<string, unknown>;
  readonly budget?: typeof SHORT;
  readonly onGone?: (listener: () => void) => void;
}

function judge({
  options,
  request,
  budget = LONG,
  onGone = () => undefined,
}: Call): Promise<Decision> {
  const judgeOne = createJudge({
    admit: async () => decisionOf(),
    policies: () => policies('Enforce'),
    pin: 'pods',
    exemptNamespaces: new Set(),
    onError: () => undefined,
    ...options,
  });
  const { request: decoded } = decodeReview(JSON.stringify(reviewOf(request)));
  return judgeOne(decoded, { stage: 'mutate', budget, onGone });
}

const fails = async (): Promise<Decision> => {
  throw new Error('something broke');
};
const hangs = (): Promise<Decision> => new Promise(() => undefined);

test('createJudge: hands stage, pin and policies to the engine', async () => {
  const set = policies('Enforce');
  let seen: unknown;
  await judge({
    options: {
      pin: 'workloads',
      policies: () => set,
      admit: async (request, { signal, ...options }) => {
        seen = { kind: request.kind, ...options };
        assert(signal instanceof AbortSignal);
        return decisionOf();
      },
    },
  });
  assert.deepEqual(seen, {
    kind: 'Pod',
    stage: 'mutate',
    pin: 'workloads',
    policies: set.policies,
    exceptions: [],
  });
});

test('MNH-18 createJudge: before the policies were read nothing is admitted', async () => {
  const decision = await judge({ options: { policies: () => undefined } });
  assert.equal(decision.allowed, false);
  assert.equal(decision.outcome, 'unknown');
  assert.equal(decision.retryAfterSeconds, 2);
  assert.equal(
    decision.message,
    'Cannot judge the object: the policies have not been read yet, try again in a moment',
  );
});

test('MNH-06 createJudge: an exception of the engine admits nothing, and is logged', async () => {
  const errors: unknown[] = [];
  const decision = await judge({
    options: { admit: fails, onError: (error) => errors.push(error) },
  });
  assert.equal(decision.allowed, false);
  assert.equal(decision.outcome, 'unknown');
  assert.equal(decision.message, 'Cannot judge the object: something broke');
  assert.equal(errors.length, 1);
});

test('MNH-17 createJudge: an engine that does not stop in time admits nothing', async () => {
  const decision = await judge({ options: { admit: hangs }, budget: SHORT });
  assert.equal(decision.allowed, false);
  assert.equal(
    decision.message,
    'Cannot judge the object: verification did not end in time, try again',
  );
});

test('MNH-17 createJudge: the engine is told to stop before that, and its own words count', async () => {
  const decision = await judge({
    budget: { stop: 10, answer: 60_000 },
    options: {
      admit: (_request, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () =>
            resolve(
              decisionOf({ allowed: false, outcome: 'unknown', message: 'image a: no answer' }),
            ),
          );
        }),
    },
  });
  assert.equal(decision.message, 'image a: no answer');
});

test('createJudge: where all policies only audit, trouble of ours refuses nothing but warns', async () => {
  const decision = await judge({ options: { admit: fails, policies: () => policies('Audit') } });
  assert.equal(decision.allowed, true);
  assert.deepEqual(decision.warnings, [
    'Cannot judge the object: something broke (admitted, as all policies only audit)',
  ]);
});

test('createJudge: a caller that went away stops the work', async () => {
  let gone: (() => void) | undefined;
  const judged = judge({
    onGone: (listener) => {
      gone = listener;
    },
    options: {
      admit: (_request, { signal }) =>
        new Promise((resolve) => signal?.addEventListener('abort', () => resolve(decisionOf()))),
    },
  });
  assert(gone !== undefined);
  gone();
  assert.equal((await judged).allowed, true);
});

for (const operation of ['DELETE', 'CONNECT']) {
  test(`createJudge: ${operation} is admitted without asking the engine`, async () => {
    assert.equal(
      (await judge({ request: { operation }, options: { admit: fails } })).allowed,
      true,
    );
  });
}

test('MNH-30 createJudge: an exempt namespace is admitted unseen, even while policies are missing', async () => {
  const options = {
    admit: fails,
    policies: () => undefined,
    exemptNamespaces: new Set(['kube-system']),
  };
  assert.equal((await judge({ options, request: { namespace: 'kube-system' } })).allowed, true);
  assert.equal((await judge({ options, request: { namespace: 'kube-system-2' } })).allowed, false);
});
