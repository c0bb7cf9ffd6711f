import { ConditionError } from '../../condition-error.ts';
import { EvaluationBudget } from '../../evaluation-budget.ts';
import { parseFormat, type FormatVerb } from '../library/parse-format.ts';
import { compilePattern } from '../library/patterns.ts';
import type { Call, CelNode } from '../syntax/cel-node.ts';
import type { CelType, CelTypeKind } from '../type/cel-type.ts';
import type { Checked, Run } from './checked.ts';
import type { Typing } from './typing.ts';
import { unsupported } from './unsupported.ts';

/** A call with its parts checked. */
export interface CheckedCall {
  readonly node: Call;
  /** The receiver of a method first. */
  readonly args: readonly Checked[];
  readonly run: Run;
}

/** Conversions of constants are constants. */
const CONVERSIONS: ReadonlySet<string> = new Set(
  'bool bytes double duration int string timestamp uint'.split(' '),
);

/**
 * Constants that a function could never take are faults of the expression in Kubernetes, even where they are not
 * evaluated: what is converted, patterns and formats.
 * @returns whether the call is a constant too.
 * @throws {ConditionError} UNSUPPORTED
 */
export function checkConstants(call: CheckedCall, typing: Typing): boolean {
  const { node, args } = call;
  if (CONVERSIONS.has(node.name) && args.length === 1 && args[0]?.isConstant === true) {
    valid(() => call.run(NOWHERE));
    return true;
  }
  checkTexts(call, typing);
  return false;
}

function checkTexts(call: CheckedCall, typing: Typing): void {
  const { node } = call;
  const parts = node.target === undefined ? node.args : [node.target, ...node.args];
  switch (node.name) {
    case 'matches':
      // Also what looks like the text (cel-go: `ValidateRegexLiterals`).
      for (const part of parts.slice(node.target === undefined ? 0 : 1)) checkPattern(part);
      break;
    case 'find':
    case 'findAll':
      checkPattern(parts[1]);
      break;
    case 'format':
      checkFormat(call, typing);
      break;
    default:
      break;
  }
}

const NOWHERE = {
  variable: () => undefined,
  locals: undefined,
  budget: new EvaluationBudget(Number.POSITIVE_INFINITY),
};

function valid<Result>(attempt: () => Result): Result {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof ConditionError) throw unsupported(error.message);
    throw error;
  }
}

function checkPattern(node: CelNode | undefined): void {
  if (node?.kind !== 'literal' || typeof node.value !== 'string') return;
  const { value } = node;
  valid(() => compilePattern(value));
}

const WHOLE: readonly CelTypeKind[] = ['int', 'uint'];

/** What each clause writes; `dyn` shows itself only when it is evaluated. */
const WRITTEN: Readonly<Record<Exclude<FormatVerb, 's'>, readonly CelTypeKind[]>> = {
  d: WHOLE,
  o: WHOLE,
  b: [...WHOLE, 'bool'],
  x: [...WHOLE, 'string', 'bytes'],
  X: [...WHOLE, 'string', 'bytes'],
  f: ['double', 'string'],
  e: ['double', 'string'],
};

const WITHOUT_TEXT: readonly CelTypeKind[] = ['opaque', 'struct'];

function checkFormat({ node, args }: CheckedCall, typing: Typing): void {
  const { target } = node;
  const [list] = node.args;
  if (target?.kind !== 'literal' || typeof target.value !== 'string' || list?.kind !== 'list')
    return;
  const { value } = target;
  const clauses = valid(() => parseFormat(value)).filter((part) => typeof part !== 'string');
  if (clauses.length !== list.elements.length)
    throw unsupported(
      `found ${list.elements.length} arguments of a format, expected ${clauses.length}`,
    );
  const types = args[1]?.elements ?? [];
  typing.later(() => {
    for (const [index, { verb }] of clauses.entries()) {
      const type = types[index];
      if (type !== undefined && !isWritten(verb, typing.final(type)))
        throw unsupported(`%${verb} of a format was given ${typing.final(type).name}`);
    }
  });
}

function isWritten(verb: FormatVerb, { kind }: CelType): boolean {
  if (kind === 'dyn') return true;
  return verb === 's' ? !WITHOUT_TEXT.includes(kind) : WRITTEN[verb].includes(kind);
}
