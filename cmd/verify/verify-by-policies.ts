import type { JsonObject } from '#shared/base/json-value.ts';
import type { Context } from '../context.ts';
import { creationOf } from '#shared/admission/creation-of.ts';
import { createEngine } from '../engine.ts';
import { loadPolicies } from '../file/load-policies.ts';
import { readInputs } from '../file/read-inputs.ts';
import { type VerificationResult, verificationResult } from './report.ts';
import type { VerifyArguments } from './verify-arguments.ts';

/** Verifies one image as if a Pod with nothing but this image were created. */
export async function verifyByPolicies(
  args: VerifyArguments,
  context: Context,
): Promise<VerificationResult> {
  const image = args._[0] ?? '';
  const inputs = await readInputs(args.policy, { recursive: false, streams: context.streams });
  const { policies, warnings } = loadPolicies(inputs, args.namespace);
  for (const warning of warnings) context.warn(warning);
  const admit = await createEngine(args, { policies, context });
  const request = creationOf(podWith(image), args.namespace);
  const decision = await admit(request, { policies, stage: 'mutate', pin: 'pods' });
  return verificationResult(image, decision);
}

function podWith(image: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'verify' },
    spec: { containers: [{ name: 'image', image }] },
  };
}
