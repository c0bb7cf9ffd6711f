import { systemClock } from '#shared/base/clock.ts';
import { ImageVerifier } from '#shared/verification/image-verifier.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { imageArgument } from '../image-argument.ts';
import { openRegistry } from '../open-registry.ts';
import type { Style } from '../print/style.ts';
import { type TreeNode, printable, treeLines } from '../print/tree.ts';
import { openTrustRoots } from '../trust-roots.ts';
import { type Inspection, inspect } from './inspect.ts';
import type { InspectedSignature } from './inspected-signature.ts';
import { factNode, storedAs } from './signature-node.ts';
import type { VerifyArguments } from './verify-arguments.ts';

/** The document of `-o json` and `-o yaml` where nobody was named; fields are only ever added. */
export interface InspectionResult extends Inspection {
  readonly apiVersion: 'sign-policy.dev/v1alpha1';
  readonly kind: 'SignatureList';
  readonly image: string;
  readonly digest: string;
}

/** What signatures an image carries, by whom. */
export async function inspectImage(
  args: VerifyArguments,
  context: Context,
): Promise<InspectionResult> {
  const reference = imageArgument(args._[0] ?? '');
  const registry = await openRegistry(args, context.env);
  const verifier = new ImageVerifier({ clock: systemClock });
  const image = await verifier.resolve(registry, reference, undefined);
  const inspection = await inspect(image, {
    openTrustRoots: () => openTrustRoots(args, context),
    waived: args,
  });
  return {
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'SignatureList',
    image: reference.written,
    digest: image.digest,
    ...inspection,
  };
}

/**
 * Anybody can sign anything: where nobody is named there is nothing to be verified by, so the answer is never
 * "verified" (MUST-NOT-HAPPEN 11, 21).
 */
export function inspectionExitCode({ problems }: InspectionResult): ExitCode {
  return problems.length > 0 ? EXIT.trouble : EXIT.denied;
}

/** The view for people. */
export function formatInspection(result: InspectionResult, style: Style): string {
  const { image, digest, signatures, unreadable, problems } = result;
  const lines = [
    `${printable(image)}: ${style('bold', summary(signatures))}`,
    `   digest  ${digest}`,
    ...treeLines(signatures.map((signature) => nodeOf(signature, style))),
    ...unreadable.map((line) => `  not read: ${printable(line)}`),
    ...problems.map((line) => `  ${style('yellow', 'could not look')}: ${printable(line)}`),
  ];
  if (signatures.length > 0)
    lines.push(
      'Nobody was named, so nothing is verified by whom you trust: use --key, --certificate-identity or --policy.',
    );
  return `${lines.join('\n')}\n`;
}

function summary(signatures: readonly InspectedSignature[]): string {
  const attestations = signatures.filter(({ kind }) => kind === 'attestation').length;
  const others = signatures.length - attestations;
  const count = (number: number, word: string): string =>
    `${number === 0 ? 'no' : number} ${word}${number === 1 ? '' : 's'}`;
  return `${count(others, 'signature')}, ${count(attestations, 'attestation')}`;
}

const MARKS: Readonly<
  Record<InspectedSignature['status'], readonly ['green' | 'yellow' | 'red', string]>
> = {
  verified: ['green', 'valid'],
  'needs-signer': ['yellow', 'not checked'],
  'not-verified': ['red', 'not valid'],
};

function nodeOf(signature: InspectedSignature, style: Style): TreeNode {
  const mark = style(...MARKS[signature.status]);
  if (signature.fact !== null) {
    const { title, rows } = factNode(signature.fact);
    return { title: `${mark}: ${title}`, rows };
  }
  const { predicateType, claimed, reason, annotations, format, place } = signature;
  const what = predicateType === null ? 'says signed' : `says attested ${printable(predicateType)}`;
  const pairs = Object.entries(annotations).map(([key, value]) => printable(`${key}=${value}`));
  return {
    title: `${mark}: ${what} by ${printable(claimed)}`,
    rows: [
      ...(reason === null ? [] : [['because', printable(reason)] as const]),
      ...(pairs.length === 0 ? [] : [['says', pairs.join(', ')] as const]),
      ['stored', storedAs(format, place)],
    ],
  };
}
