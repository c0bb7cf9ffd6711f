import type { Decision, ImageRecord } from '#shared/admission/decision.ts';
import type { SignatureFact } from '#shared/verification/verdict.ts';
import type { Colour, Style } from '../print/style.ts';
import { printable, treeLines } from '../print/tree.ts';
import { factNode } from './signature-node.ts';

/** `unknown`: nothing says no, but something could not be found out. */
export type VerificationOutcome = 'verified' | 'refused' | 'unknown';

/** The document of `-o json` and `-o yaml`; fields are only ever added (docs/verify.md). */
export interface VerificationResult {
  readonly apiVersion: 'sign-policy.dev/v1alpha1';
  readonly kind: 'VerificationResult';
  readonly image: string;
  readonly outcome: VerificationOutcome;
  readonly digest: string | null;
  readonly pinned: string | null;
  readonly signatures: readonly SignatureFact[];
  readonly rules: readonly {
    readonly policy: string;
    readonly rule: string;
    readonly result: 'pass' | 'skip' | 'fail' | 'error';
    readonly message: string;
    readonly details: readonly string[];
  }[];
}

/** What the decision says about the one image. */
export function verificationResult(image: string, decision: Decision): VerificationResult {
  const signatures = decision.records.flatMap(({ verdict }) =>
    verdict.kind === 'pass' ? verdict.signatures : [],
  );
  const [found] = decision.images;
  return {
    apiVersion: 'sign-policy.dev/v1alpha1',
    kind: 'VerificationResult',
    image,
    outcome: outcomeOf(decision, signatures),
    digest: found?.digest ?? null,
    pinned: found?.pinned ?? null,
    signatures: distinct(signatures),
    rules: decision.records.map(resultRule),
  };
}

/**
 * Verified means that a signature was found good and that no rule complained. An image that no rule looked at
 * was not verified, whatever the policies make of it (MUST-NOT-HAPPEN 21).
 */
function outcomeOf(decision: Decision, signatures: readonly SignatureFact[]): VerificationOutcome {
  const kinds = new Set(decision.records.map(({ verdict }) => verdict.kind));
  if (kinds.has('fail')) return 'refused';
  if (kinds.has('error')) return 'unknown';
  return signatures.length > 0 ? 'verified' : 'refused';
}

const TITLES: Readonly<Record<VerificationOutcome, readonly [Colour, string]>> = {
  verified: ['green', 'verified'],
  refused: ['red', 'not verified'],
  unknown: ['yellow', 'could not be verified'],
};

/** The view for people. */
export function formatVerification(result: VerificationResult, style: Style): string {
  const { image, outcome, digest, signatures, rules } = result;
  const lines = [`${printable(image)}: ${style(...TITLES[outcome])}`];
  if (digest !== null) lines.push(`   digest  ${digest}`);
  lines.push(...treeLines(signatures.map(factNode)));
  const bad = rules.filter(({ result }) => result === 'fail' || result === 'error');
  for (const { message, details } of bad)
    lines.push(`  ${told(message)}`, ...details.map((line) => `    ${told(line)}`));
  if (rules.length === 0) lines.push('  no policy looks at this image');
  return `${lines.join('\n')}\n`;
}

/** Explanations quote what registries and certificates hold. */
function told(text: string): string {
  return printable(text, MAX_EXPLANATION);
}

/** A policy with a dozen attestors explains each of them. Characters. */
const MAX_EXPLANATION = 8_000;

function resultRule({ policy, rule, verdict }: ImageRecord): VerificationResult['rules'][number] {
  const details = verdict.kind === 'fail' || verdict.kind === 'error' ? verdict.details : [];
  return { policy, rule, result: verdict.kind, message: verdict.message, details };
}

/** Several rules may name the same signature. */
function distinct(facts: readonly SignatureFact[]): readonly SignatureFact[] {
  return [...new Map(facts.map((fact) => [JSON.stringify(fact), fact])).values()];
}
