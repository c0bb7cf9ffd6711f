import { RegistryError } from '#shared/registry/registry-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { printableText } from '../print/printable-text.ts';
import { formatYaml } from '../print/yaml.ts';
import { formatInspection, inspectImage, inspectionExitCode } from './inspection.ts';
import { type VerificationOutcome, formatVerification } from './report.ts';
import { namesIdentity, type VerifyArguments } from './verify-arguments.ts';
import { verifyByPolicies } from './verify-by-policies.ts';
import { verifySigner } from './verify-signer.ts';

/** Verifies one image by a signer or by policies; where neither is named, shows what signatures there are. */
export async function verify(args: VerifyArguments, context: Context): Promise<ExitCode> {
  if (args.policy.length === 0 && args.key === undefined && !namesIdentity(args)) {
    return await showSignatures(args, context);
  }
  const result =
    args.policy.length > 0
      ? await verifyByPolicies(args, context)
      : await verifySigner(args, context);
  print(result, formatVerification(result, context.style), { args, context });
  return EXIT_CODES[result.outcome];
}

async function showSignatures(args: VerifyArguments, context: Context): Promise<ExitCode> {
  try {
    const found = await inspectImage(args, context);
    print(found, formatInspection(found, context.style), { args, context });
    return inspectionExitCode(found);
  } catch (error) {
    // An image that is not there is a definite no, as it is with a signer; all else was not found out.
    if (!(error instanceof RegistryError) || error.code !== 'NOT_FOUND') throw error;
    context.streams.stderr.write(`error: ${printableText(error.message)}\n`);
    return EXIT.denied;
  }
}

function print(
  result: object,
  text: string,
  { args, context }: { args: VerifyArguments; context: Context },
): void {
  const { stdout } = context.streams;
  if (args.output === 'json') stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  else stdout.write(args.output === 'yaml' ? formatYaml(result) : text);
}

const EXIT_CODES: Readonly<Record<VerificationOutcome, ExitCode>> = {
  verified: EXIT.ok,
  refused: EXIT.denied,
  unknown: EXIT.trouble,
};
