import { ConditionError } from '../condition/condition-error.ts';
import type { Expression } from '../condition/jmespath/expression.ts';
import { parseJmespath } from '../condition/jmespath/parse-jmespath.ts';
import { type Fields, oneOf } from './fields.ts';
import { readConditions } from './read-conditions.ts';
import { readContext } from './read-context.ts';
import { readDeny } from './read-deny.ts';
import { readAnyPattern, readPattern } from './read-pattern.ts';
import type { ForeachValidation, Loop, LoopValidation } from './validation.ts';

const BODIES = ['pattern', 'anyPattern', 'deny', 'foreach'] as const;

/** Loops in loops; each multiplies the work, and a Pod has lists three deep at most. */
const MAX_NESTING = 8;

/** Reads the loops of a `foreach`, with those in them. */
export function readForeach(owner: Fields, nesting = 1): ForeachValidation {
  const loops = owner.objects('foreach');
  if (loops.length === 0) owner.fault('error', 'found no loops, expected at least one', 'foreach');
  if (nesting > MAX_NESTING) {
    owner.fault('error', `is nested too deep, expected at most ${MAX_NESTING} loops`, 'foreach');
    return { kind: 'foreach', loops: [] };
  }
  return { kind: 'foreach', loops: loops.flatMap((loop) => readLoop(loop, nesting) ?? []) };
}

function readLoop(fields: Fields, nesting: number): Loop | undefined {
  const list = readList(fields);
  const elementScope = fields.boolean('elementScope');
  const context = readContext(fields);
  const preconditions = readConditions(fields, 'preconditions') ?? [];
  const validation = readBody(fields, nesting);
  fields.end();
  if (list === undefined || validation === undefined) return undefined;
  return { path: fields.path, list, elementScope, context, preconditions, validation };
}

function readList(fields: Fields): Expression | undefined {
  const text = fields.string('list') ?? '';
  if (text === '') {
    fields.fault(
      'error',
      'missing, expected an expression such as "request.object.spec.containers"',
      'list',
    );
    return undefined;
  }
  if (/^\s*\{\{/.test(text)) {
    fields.fault('error', 'found a variable, expected its expression without the braces', 'list');
    return undefined;
  }
  try {
    return parseJmespath(text);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    fields.fault('error', error.message, 'list');
    return undefined;
  }
}

function readBody(fields: Fields, nesting: number): LoopValidation | undefined {
  const [body, ...more] = BODIES.filter((name) => fields.has(name));
  if (body === undefined || more.length > 0) {
    const found = body === undefined ? 'none of them' : [body, ...more].join(' and ');
    fields.fault('error', `found ${found}, expected exactly one of ${oneOf(BODIES)}`);
    return undefined;
  }
  switch (body) {
    case 'pattern':
      return readPattern(fields);
    case 'anyPattern':
      return readAnyPattern(fields);
    case 'deny':
      return readDeny(fields);
    case 'foreach':
      return readForeach(fields, nesting + 1);
  }
}
