import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContextError } from '#shared/admission/context/context-error.ts';
import { NO_CONTEXT_SOURCES } from '#shared/admission/context/context-sources.ts';
import { createAdmit } from '#shared/admission/create-admit.ts';
import type { Decision } from '#shared/admission/decision.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import { pod, requestFor } from '../../support/admission/objects.ts';
import { policyDocument, readUsable, rule } from '../policy/sample-policy.ts';

async function decide(cause: Error, failurePolicy: 'Fail' | 'Ignore'): Promise<Decision> {
  const admit = createAdmit({
    clock: { now: () => Date.UTC(2026, 0, 1) },
    sources: { ...NO_CONTEXT_SOURCES, imageData: async () => Promise.reject(cause) },
    openRegistry: async () => Promise.reject(new Error('no registry is asked')),
  });
  const reference = '{{ request.object.spec.containers[0].image }}';
  const document = policyDocument(
    [
      rule({
        verifyImages: undefined,
        context: [{ name: 'data', imageRegistry: { reference } }],
        validate: {
          message: 'root',
          deny: {
            conditions: {
              any: [{ key: '{{ data.configData.config.User }}', operator: 'Equals', value: '' }],
            },
          },
        },
      }),
    ],
    { failurePolicy },
  );
  const options = { policies: [readUsable(document)], stage: 'validate', pin: 'pods' } as const;
  return admit(requestFor(pod(['registry.example/app:1'])), options);
}

/** What kept data of an image from being there, and what to do. */
const CAUSES: readonly (readonly [Error, RegExp])[] = [
  [new RegistryError('UNREACHABLE', 'down'), /to do: wait until the registry can be reached/],
  [new RegistryError('TIMEOUT', 'slow'), /to do: wait until the registry answers in time/],
  [new RegistryError('RATE_LIMITED', 'busy'), /to do: wait; credentials raise/],
  [new RegistryError('UNAUTHORIZED', 'who'), /to do: name a pull secret/],
  [new RegistryError('DENIED', 'no'), /to do: give the credentials/],
  [new RegistryError('NOT_RECORDED', 'gap'), /to do: record again/],
  [new RegistryError('NOT_FOUND', 'none'), /to do: correct the expression .* the image,/],
  [new Error('broken pipe'), /to do: wait until what the policy reads can be reached/],
  [new ContextError('REFUSED', 'no right'), /to do: correct the expression/],
];

for (const [error, advice] of CAUSES) {
  const what = error instanceof RegistryError ? error.code : error.message;
  test(`context: the advice fits the cause, ${what}`, async () => {
    const decision = await decide(error, 'Fail');
    assert.equal(decision.outcome, 'unknown');
    assert.match(decision.message, advice);
  });

  test(`context: failurePolicy Ignore forgives ${what} as before`, async () => {
    assert.equal((await decide(error, 'Ignore')).outcome, 'admitted');
  });
}
