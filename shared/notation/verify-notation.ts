import { setImmediate } from 'node:timers/promises';
import { assessNotation, type NotationRequest } from './assess-notation.ts';
import type { NotationSignature } from './notation-signature.ts';
import { concludeNotation, type NotationOutcome } from './notation-outcome.ts';
import {
  offlineAnswer,
  type RevocationAnswer,
  type RevocationChecker,
  type RevocationOptions,
  type RevocationQuestion,
} from './revocation.ts';

/** One signature and what the policy makes of it. */
export interface JudgedNotation {
  readonly signature: NotationSignature;
  readonly outcome: NotationOutcome;
}

/** What all signatures of an artifact come to. */
export type NotationVerdict =
  /** The policy's level is `skip`: nothing was looked at. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'judged'; readonly signatures: readonly JudgedNotation[] };

export interface VerifyNotationOptions extends RevocationOptions {
  /** Without one, certificates that could be revoked have an unknown status. */
  readonly revocation?: RevocationChecker | undefined;
}

/**
 * Judges every signature of an artifact on its own, so that none hides another (MUST-NOT-HAPPEN 26). The
 * event loop gets its turn between signatures.
 */
export async function verifyNotation(
  signatures: readonly NotationSignature[],
  request: NotationRequest,
  options: VerifyNotationOptions = {},
): Promise<NotationVerdict> {
  if (request.statement.level === 'skip') return { kind: 'skipped' };
  const judged = signatures.map(async (signature, index) => {
    for (let turn = 0; turn < index; turn += 1) await setImmediate();
    return { signature, outcome: await judge(signature, request, options) };
  });
  return { kind: 'judged', signatures: await Promise.all(judged) };
}

async function judge(
  signature: NotationSignature,
  request: NotationRequest,
  { revocation, signal }: VerifyNotationOptions,
): Promise<NotationOutcome> {
  const assessment = assessNotation(signature, request);
  // A definite no needs no network; the addresses to ask would come from the refused signature.
  const isRefused = assessment.failures.some(
    ({ check }) => request.statement.actions[check] !== 'log',
  );
  const ask = async (question: RevocationQuestion): Promise<RevocationAnswer> =>
    revocation === undefined ? offlineAnswer(question) : revocation.check(question, { signal });
  const answers = isRefused ? [] : await Promise.all(assessment.questions.map(ask));
  return concludeNotation(assessment, answers, request);
}
