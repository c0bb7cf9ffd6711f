import type { AttestorSet, LogRequirement } from '../policy/model.ts';
import { type LogLookup, LogLookupError, type LogQuestion } from '../signature/log-lookup.ts';
import type { SignedEntity, SignedMessage } from '../signature/signed-entity.ts';
import { certificateSigner } from './certificate-signer.ts';
import type { EntityEvidence } from './entity-evidence.ts';
import type { Evidence } from './evidence.ts';
import { checkIdentity } from './identity-check.ts';
import { judgeSigner, type SignerAttestor, signersOfSets } from './judge-signer.ts';
import { LogAnswers, type LogAnswer } from './log-answers.ts';
import { type AskedSigner, logQuestion } from './log-question.ts';

/** Signatures of one image that a log is asked about; whoever may push could add any number of them. */
const MAX_QUESTIONS = 8;

export interface AskOptions {
  readonly lookup: LogLookup | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks logs that policies name for the entries of cosign's tag signatures that bring none along. Only
 * signatures that satisfy in everything else are asked about. The evidence as it is where there are none.
 * @throws the signal's reason when the caller's time is up.
 */
export async function askLogs(
  sets: readonly AttestorSet[],
  evidence: Evidence,
  { lookup, signal }: AskOptions,
): Promise<Evidence> {
  if (lookup === undefined) return evidence;
  const questions = signersOfSets(sets)
    .flatMap((attestor) => questionsOf(attestor, evidence))
    .slice(0, MAX_QUESTIONS);
  if (questions.length === 0) return evidence;
  const logAnswers = new LogAnswers();
  await Promise.all(
    questions.map(async ({ entity, signer, question }) => {
      const answer = await ask(lookup, question, signal);
      logAnswers.add(entity, { url: question.url, key: signer.key }, answer);
    }),
  );
  return { ...evidence, logAnswers };
}

/** Whether any of the attestors names a log that is asked: hardly any does. */
export function namesLogs(sets: readonly AttestorSet[]): boolean {
  return signersOfSets(sets).some((signer) => 'log' in signer && isAsked(signer.log));
}

interface Asked {
  readonly entity: SignedEntity;
  readonly signer: AskedSigner;
  readonly question: LogQuestion;
}

function questionsOf(attestor: SignerAttestor, evidence: Evidence): readonly Asked[] {
  if (!('log' in attestor) || attestor.kind === 'key-reference') return [];
  const { log } = attestor;
  if (!isAsked(log)) return [];
  return evidence.signaturesIn(attestor.repository).entities.flatMap((entity) => {
    if (!isWithoutEntry(entity)) return [];
    const item = evidence.cache.of(entity, evidence.digest);
    const signer = signerLacking(item, attestor, evidence);
    if (signer === undefined) return [];
    const question = logQuestion(entity, signer, { url: log.url, access: log.lookup });
    return question === undefined ? [] : [{ entity, signer, question }];
  });
}

type NamedLog = Extract<LogRequirement, { kind: 'required' }> &
  Required<Pick<Extract<LogRequirement, { kind: 'required' }>, 'lookup'>>;

function isAsked(log: LogRequirement): log is NamedLog {
  return log.kind === 'required' && log.lookup !== undefined;
}

/** Bundles always bring their entries along, and attestations do: their uploads would hold all of the payload. */
function isWithoutEntry(entity: SignedEntity): entity is SignedMessage {
  const { logEntries, unreadable } = entity.time;
  return entity.kind === 'message' && logEntries.length + unreadable.length === 0;
}

/** Whose signature it is, where nothing but the log entry keeps it from satisfying the attestor so far. */
function signerLacking(
  item: EntityEvidence,
  attestor: Extract<SignerAttestor, { kind: 'key' | 'keyless' | 'certificate' }>,
  evidence: Evidence,
): AskedSigner | undefined {
  const judged = judgeSigner(item, attestor, evidence);
  if (judged.kind === 'accepted' || judged.reason !== 'NO_LOG_ENTRY') return undefined;
  if (attestor.kind === 'key')
    return { ...withCertificate(item, attestor.key), needsCertificate: false };
  const signer = certificateSigner(item, attestor, evidence);
  if ('reason' in signer) return undefined;
  // Judged after the log otherwise; anybody can get a certificate for somebody else's name.
  if ('reason' in checkIdentity(signer.certificate, attestor.identities)) return undefined;
  return { ...withCertificate(item, signer.key), needsCertificate: !signer.isPinned };
}

/** cosign uploads the certificate that it stores beside the signature, and else the key. */
function withCertificate(
  item: EntityEvidence,
  key: AskedSigner['key'],
): Pick<AskedSigner, 'key' | 'certificate'> {
  const certificate = item.certificate();
  const isOfKey =
    !('code' in certificate) &&
    certificate.spki.equals(key.key.export({ format: 'der', type: 'spki' }));
  return { key, certificate: isOfKey ? certificate : undefined };
}

async function ask(
  lookup: LogLookup,
  question: LogQuestion,
  signal: AbortSignal | undefined,
): Promise<LogAnswer> {
  try {
    return { kind: 'entries', entries: await lookup.find(question, signal) };
  } catch (error) {
    if (!(error instanceof LogLookupError)) throw error;
    const { code, message, transient } = error;
    if (code === 'NOT_ALLOWED') return { kind: 'not-asked', message };
    return { kind: 'unknown', reason: transient ? 'LOG_UNAVAILABLE' : 'LOG_REFUSED', message };
  }
}
