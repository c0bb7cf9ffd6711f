import type { JsonObject } from '#shared/base/json-value.ts';
import type { Policy } from '#shared/policy/model.ts';
import type { Context } from '../context.ts';
import { createEngine } from '../engine.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { loadPolicies } from '../file/load-policies.ts';
import { readInputs } from '../file/read-inputs.ts';
import { readPublicKeys } from '../file/read-public-keys.ts';
import { readyPolicy } from '../policy/ready-policy.ts';
import { formatYaml } from '../print/yaml.ts';
import { creationOf } from '../dry-run/admission-request.ts';
import { type VerificationOutcome, formatVerification, verificationResult } from './report.ts';

export interface VerifyArguments {
  readonly _: readonly string[];
  readonly key: string | undefined;
  readonly annotations: readonly string[];
  readonly policy: readonly string[];
  readonly namespace: string;
  readonly output: string | undefined;
  readonly 'insecure-registry': readonly string[];
  readonly 'registry-ca-file': string | undefined;
}

/** Verifies one image as if a Pod with nothing but this image were created. */
export async function verify(args: VerifyArguments, context: Context): Promise<ExitCode> {
  const image = args._[0] ?? '';
  const { policies, warnings } = await readPolicies(args, context);
  for (const warning of warnings) context.warn(warning);
  const admit = await createEngine({
    insecureRegistries: args['insecure-registry'],
    registryCaFile: args['registry-ca-file'],
    env: context.env,
  });
  const request = creationOf(podWith(image), args.namespace);
  const decision = await admit(request, { policies, stage: 'mutate', pin: 'pods' });
  const result = verificationResult(image, decision);
  const { stdout } = context.streams;
  if (args.output === 'json') stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  else if (args.output === 'yaml') stdout.write(formatYaml(result));
  else stdout.write(formatVerification(result, context.style));
  return EXIT_CODES[result.outcome];
}

async function readPolicies(
  args: VerifyArguments,
  { streams }: Context,
): Promise<{ readonly policies: readonly Policy[]; readonly warnings: readonly string[] }> {
  if (args.key === undefined) {
    return loadPolicies(
      await readInputs(args.policy, { recursive: false, streams }),
      args.namespace,
    );
  }
  const policy = readyPolicy({
    name: 'verify',
    publicKeys: await readPublicKeys(args.key, streams),
    images: ['*'],
    mode: 'enforce',
    annotations: Object.fromEntries(args.annotations.map(splitPair)),
  });
  return loadPolicies([{ origin: '--key', text: formatYaml(policy) }]);
}

function splitPair(pair: string): readonly [string, string] {
  const equals = pair.indexOf('=');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

function podWith(image: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'verify' },
    spec: { containers: [{ name: 'image', image }] },
  };
}

const EXIT_CODES: Readonly<Record<VerificationOutcome, ExitCode>> = {
  verified: EXIT.ok,
  refused: EXIT.denied,
  unknown: EXIT.trouble,
};
