import { isJsonObject, type JsonObject } from '../../base/json-value.ts';
import type { ImageReference } from '../../image/reference.ts';
import type { AttestationRequirement } from '../../policy/model.ts';
import type { AttestedEntry, AttestedSet } from '../../verification/attested-set.ts';
import { countSatisfied, type SatisfiedEntry } from '../../verification/count-satisfied.ts';
import type { VerifiedAttestation, VerifiedStatement } from '../../verification/verdict.ts';
import { imageValue } from '../context/images-value.ts';
import type { RuleSession } from '../rule-session.ts';
import { type ConditionsRefusal, conditionsRefusal, definiteFault } from './conditions-verdict.ts';
import { combineNames, MAX_COMBINATIONS, type NamedStatements } from './named-values.ts';
import { readPredicate } from './read-predicate.ts';

export interface JudgeStatementsOptions {
  readonly reference: ImageReference;
  readonly session: RuleSession;
  /** What was stated under other names before. */
  readonly before: readonly NamedStatements[];
}

/** What became of the attestors, and what those stated who were asked. */
export interface JudgedStatements {
  readonly refusal: ConditionsRefusal | undefined;
  /** Empty for an attestation without a name. */
  readonly named: readonly NamedStatements[];
}

/**
 * Judges what the statements of one attestation say. A signer counts whose statements all meet the
 * conditions; the attestors of each set are asked in their order until enough of them count, as in Kyverno
 * 1.19. What others state is then of no interest.
 * @throws {ContextError | ConditionError} where the answer cannot be found out.
 */
export async function judgeStatements(
  { requirement, sets }: VerifiedAttestation,
  options: JudgeStatementsOptions,
): Promise<JudgedStatements> {
  const judge = new StatementJudge(requirement, options);
  const named: NamedStatements[] = [];
  for (const set of sets) {
    const { counted, refusals, heard } = await judgeSet(set, judge);
    named.push(...heard.flatMap((one) => nameIt(requirement, one)));
    if (counted === undefined) return { refusal: joined(refusals, requirement), named };
  }
  return { refusal: undefined, named };
}

interface Heard {
  readonly statements: readonly VerifiedStatement[];
  readonly isMet: boolean;
}

interface JudgedEntry {
  /** Undefined where it does not count. */
  readonly counted: SatisfiedEntry | undefined;
  readonly refusals: readonly ConditionsRefusal[];
  /** In the order in which they were asked. */
  readonly heard: readonly Heard[];
}

async function judgeSet(
  { set, satisfied }: AttestedSet,
  judge: StatementJudge,
): Promise<JudgedEntry> {
  const counted: SatisfiedEntry[] = [];
  const refusals: ConditionsRefusal[] = [];
  const heard: Heard[] = [];
  for (const entry of satisfied) {
    const judged = await judgeEntry(entry, judge);
    heard.push(...judged.heard);
    refusals.push(...judged.refusals);
    if (judged.counted === undefined) continue;
    counted.push(judged.counted);
    if (countSatisfied(set, counted).suffices) return { counted: united(counted), refusals, heard };
  }
  return { counted: undefined, refusals, heard };
}

async function judgeEntry(entry: AttestedEntry, judge: StatementJudge): Promise<JudgedEntry> {
  if (entry.kind === 'set') return judgeSet(entry, judge);
  const { statements } = entry;
  const refusal = await judge.firstRefusal(statements);
  // No condition holds of nothing (MUST-NOT-HAPPEN 5).
  const isMet = refusal === undefined && statements.length > 0;
  return {
    counted: isMet ? entry : undefined,
    refusals: refusal === undefined ? [] : [refusal],
    heard: [{ statements, isMet }],
  };
}

function united(entries: readonly SatisfiedEntry[]): SatisfiedEntry {
  return {
    signers: new Set(entries.flatMap(({ signers }) => [...signers])),
    aliases: entries.flatMap(({ aliases }) => aliases),
  };
}

function nameIt(
  { name = '' }: AttestationRequirement,
  { statements, isMet }: Heard,
): readonly NamedStatements[] {
  return name === '' || statements.length === 0
    ? []
    : [{ name, values: statements.map(readPredicate), isMet }];
}

/** Each reason once, whichever attestors it keeps from counting. */
function joined(
  refusals: readonly ConditionsRefusal[],
  { path, predicateType }: AttestationRequirement,
): ConditionsRefusal {
  const [first, ...others] = new Set(refusals);
  if (first === undefined)
    return conditionsRefusal(`too few attestors made statements of type ${predicateType}`, {
      path,
    });
  const message = [...new Set([first, ...others].map((one) => one.message))].join('; ');
  const details = new Set([first, ...others].flatMap((one) => one.details));
  return { ...first, message, details: [...details] };
}

/** Judges each statement once, however many attestors it is of. */
class StatementJudge {
  readonly #requirement: AttestationRequirement;
  readonly #options: JudgeStatementsOptions;
  readonly #known = new Map<VerifiedStatement, ConditionsRefusal | undefined>();

  constructor(requirement: AttestationRequirement, options: JudgeStatementsOptions) {
    this.#requirement = requirement;
    this.#options = options;
  }

  async firstRefusal(
    statements: readonly VerifiedStatement[],
  ): Promise<ConditionsRefusal | undefined> {
    const { conditions = [] } = this.#requirement;
    if (conditions.length === 0) return undefined;
    for (const statement of statements) {
      if (!this.#known.has(statement)) this.#known.set(statement, await this.#judge(statement));
      const refusal = this.#known.get(statement);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  async #judge(statement: VerifiedStatement): Promise<ConditionsRefusal | undefined> {
    const { conditions = [], path, predicateType, name = '' } = this.#requirement;
    const { reference, before } = this.#options;
    const about = `${reference.written} and predicate ${predicateType}`;
    const predicate = readPredicate(statement);
    const refuse = (why: string): ConditionsRefusal =>
      conditionsRefusal(`attestation checks failed for ${about}: ${why}`, { path });
    if (!isJsonObject(predicate)) return refuse('the predicate is no mapping');
    const own = { ...(name === '' ? {} : { [name]: predicate }), ...predicate };
    const written = JSON.stringify(conditions);
    const combinations = combineNames(before.filter((one) => written.includes(one.name)));
    if (combinations === undefined)
      return refuse(`the attestations make more than ${MAX_COMBINATIONS} combinations`);
    for (const named of combinations) {
      const refusal = await this.#compare({ ...named, ...own, image: imageValue(reference) });
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  async #compare(names: JsonObject): Promise<ConditionsRefusal | undefined> {
    const { conditions = [], path, predicateType } = this.#requirement;
    const { reference, session } = this.#options;
    try {
      const outcome = await session.judgeReplaced(conditions, names);
      if (outcome.holds) return undefined;
      const said = outcome.message === '' ? '' : `: ${outcome.message}`;
      return conditionsRefusal(
        `attestation checks failed for ${reference.written} and predicate ${predicateType}${said}`,
        { path, deciding: outcome.deciding },
      );
    } catch (error) {
      const fault = definiteFault(error);
      if (fault === undefined) throw error;
      return conditionsRefusal(
        `failed to check attestations of image ${reference.written}: ${fault}`,
        { path },
      );
    }
  }
}
