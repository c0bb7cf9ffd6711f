import { FUNCTIONS } from '../library/functions.ts';
import type { Call, CelNode, Loop, Select } from '../syntax/cel-node.ts';
import {
  BOOL,
  type CelType,
  DYN,
  listType,
  mapType,
  optionalOf,
  optionalType,
} from '../type/cel-type.ts';
import { CelOptional, NONE } from '../value/cel-optional.ts';
import { access, isPresent } from './access.ts';
import { checkAlike } from './check-alike.ts';
import { checkConstants } from './check-constants.ts';
import type { Checked, Run } from './checked.ts';
import { literalType } from './literal-type.ts';
import { Logic, requireBool } from './logic.ts';
import { qualifiedName } from './qualified-name.ts';
import { isLocal, resolveName, resolveType, type Scope } from './resolve-name.ts';
import { runList, runMap } from './run-aggregate.ts';
import { runCall } from './run-call.ts';
import { runLoop } from './run-loop.ts';
import { runOptionalMap } from './run-optional-map.ts';
import { Typing } from './typing.ts';
import { VARIABLES_TYPE } from './variable-types.ts';
import { unsupported } from './unsupported.ts';

type Node<Kind extends CelNode['kind']> = Extract<CelNode, { readonly kind: Kind }>;

/** Types of keys and places. */
const KEYS: ReadonlySet<string> = new Set('string int uint double bool'.split(' '));

/** Checks the parts of one expression, each with the names that are known there (cel-go: `checker.go`). */
export class Checker {
  readonly typing: Typing = new Typing();
  readonly #variables: ReadonlyMap<string, CelType>;
  /** How many calls of `format` are around: their lists may be of several types. */
  #formats = 0;

  constructor(variables: ReadonlyMap<string, CelType>) {
    this.#variables = variables;
  }

  /** @throws {ConditionError} UNSUPPORTED */
  check(node: CelNode, scope: Scope | undefined): Checked {
    const { run, ...checked } = this.#part(node, scope);
    return {
      ...checked,
      run: (frame) => {
        frame.budget.spend();
        return run(frame);
      },
    };
  }

  #part(node: CelNode, scope: Scope | undefined): Checked {
    if (node.kind === 'literal') {
      const { value } = node;
      return { type: literalType(value), run: () => value, isConstant: true };
    }
    if (node.kind === 'name') return resolveName(node.name, scope, this.#variables);
    if (node.kind === 'select') return this.#select(node, scope);
    if (node.kind === 'call') return this.#call(node, scope);
    return this.#compound(node, scope);
  }

  #compound(
    node: Exclude<CelNode, { readonly kind: 'literal' | 'name' | 'select' | 'call' }>,
    scope: Scope | undefined,
  ): Checked {
    switch (node.kind) {
      case 'logic':
        return this.#logic(node, scope);
      case 'choice':
        return this.#choice(node, scope);
      case 'index':
        return this.#index(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'loop':
        return this.#loop(node, scope);
      case 'optional-map':
        return this.#optionalMap(node, scope);
    }
  }

  #select(node: Select, scope: Scope | undefined): Checked {
    const { field, isTest, isOptional } = node;
    const name = qualifiedName(node);
    const named = name === undefined || isLocal(name, scope) ? undefined : resolveType(name);
    if (named !== undefined) return named;
    const { type, run } = this.check(node.operand, scope);
    const whole = this.typing.known(type);
    const inner = optionalOf(whole);
    const found = this.typing.fieldType(inner ?? whole, field);
    if (whole.name === VARIABLES_TYPE) return composed({ type: found, run }, node);
    if (isTest) return { type: BOOL, run: (frame) => isPresent(run(frame), field) };
    return {
      type: inner !== undefined || isOptional ? optionalType(found) : found,
      run: (frame) => access(run(frame), field, isOptional),
    };
  }

  #index({ operand, index, isOptional }: Node<'index'>, scope: Scope | undefined): Checked {
    const whole = this.check(operand, scope);
    const key = this.check(index, scope);
    const isWritten = key.isConstant === true || index.kind === 'list' || index.kind === 'map';
    if (isWritten && !KEYS.has(key.type.kind)) throw unsupported('invalid qualifier type');
    const name = isOptional ? '_[?_]' : '_[_]';
    const { type } = this.typing.overloads({
      name,
      isMethod: false,
      types: [whole.type, key.type],
    });
    return {
      type,
      run: (frame) => {
        const value = whole.run(frame);
        // What is not there is not looked into.
        if (value instanceof CelOptional && value.value === undefined) return NONE;
        return access(value, key.run(frame), isOptional);
      },
    };
  }

  #logic({ op, terms }: Node<'logic'>, scope: Scope | undefined): Checked {
    const runs = terms.map((term) => this.#bool(term, scope));
    const deciding = op === '||';
    return {
      type: BOOL,
      run: (frame) => {
        const logic = new Logic(deciding);
        return runs.some((run) => logic.decides(run, frame)) ? deciding : logic.undecided();
      },
    };
  }

  /** A part that must be true or false. */
  #bool(node: CelNode, scope: Scope | undefined): Run {
    const { type, run } = this.check(node, scope);
    this.typing.requireBool(type);
    return run;
  }

  #choice(node: Node<'choice'>, scope: Scope | undefined): Checked {
    const condition = this.check(node.condition, scope);
    const ifTrue = this.check(node.ifTrue, scope);
    const ifFalse = this.check(node.ifFalse, scope);
    const types = [condition.type, ifTrue.type, ifFalse.type];
    const { type } = this.typing.overloads({ name: '_?_:_', isMethod: false, types });
    return {
      type,
      run: (frame) => (requireBool(condition.run, frame) ? ifTrue : ifFalse).run(frame),
    };
  }

  #call(node: Call, scope: Scope | undefined): Checked {
    const isFormat = node.name === 'format';
    if (isFormat) this.#formats += 1;
    const before = qualifiedName(node.target);
    const qualified = before === undefined ? undefined : `${before}.${node.name}`;
    const isFunction = qualified !== undefined && FUNCTIONS.has(qualified);
    const target = node.target === undefined || isFunction ? [] : [this.check(node.target, scope)];
    const args = [...target, ...node.args.map((arg) => this.check(arg, scope))];
    if (isFormat) this.#formats -= 1;
    const { type, candidates } = this.typing.overloads({
      name: isFunction ? qualified : node.name.replace(/^\./, ''),
      isMethod: target.length > 0,
      types: args.map((arg) => arg.type),
    });
    const run = runCall(node.name, candidates, args);
    const isConstant = checkConstants({ node, args, run }, this.typing);
    return { type, run, isConstant };
  }

  #list({ elements }: Node<'list'>, scope: Scope | undefined): Checked {
    const parts = elements.map(({ node, isOptional }) => this.#element(node, isOptional, scope));
    const types = parts.map(({ type }) => type);
    if (this.#formats === 0) checkAlike(types, this.typing);
    return { type: listType(this.typing.join(types)), run: runList(parts), elements: types };
  }

  #element(
    node: CelNode,
    isOptional: boolean,
    scope: Scope | undefined,
  ): Checked & { readonly isOptional: boolean } {
    const { type, run } = this.check(node, scope);
    if (!isOptional) return { type, run, isOptional };
    // Where anything may stand, Kubernetes fails on a value that only its evaluation shows to be optional.
    const required = this.typing.requireOptional(type);
    if (this.#formats === 0 && this.typing.known(type).kind === 'dyn')
      throw unsupported('expected an optional value but its type is not known');
    return { type: required, run, isOptional };
  }

  #map({ entries }: Node<'map'>, scope: Scope | undefined): Checked {
    const keys = entries.map(({ key }) => this.check(key, scope));
    const values = entries.map(({ node, isOptional }) => this.#element(node, isOptional, scope));
    const [keyTypes, valueTypes] = [keys, values].map((parts) => parts.map(({ type }) => type));
    if (this.#formats === 0) {
      checkAlike(keyTypes ?? [], this.typing);
      checkAlike(valueTypes ?? [], this.typing);
    }
    return {
      type: mapType(this.typing.join(keyTypes ?? []), this.typing.join(valueTypes ?? [])),
      run: runMap(
        keys.map(({ run }) => run),
        values,
      ),
    };
  }

  #loop(node: Loop, scope: Scope | undefined): Checked {
    const range = this.check(node.range, scope);
    const types = this.typing.turnTypes(range.type, node.names.length);
    const inner = node.names.reduce<Scope | undefined>(
      (outer, name, index) => ({ name, type: types[index] ?? DYN, outer }),
      scope,
    );
    const filter = node.filter === undefined ? undefined : this.#bool(node.filter, inner);
    const body = this.check(node.body, inner);
    const type = this.#loopType(node, {
      range: range.type,
      name: this.typing.known(types[0] ?? DYN),
      body: this.typing.known(body.type),
    });
    const { form, names } = node;
    return { type, run: runLoop({ form, range: range.run, names, filter, body: body.run }) };
  }

  #loopType(
    { form, range }: Loop,
    types: Readonly<Record<'range' | 'name' | 'body', CelType>>,
  ): CelType {
    const { name, body } = types;
    switch (form) {
      case 'map':
        return listType(body);
      case 'transformMap':
        return mapType(name, body);
      case 'transformMapEntry':
        return this.typing.requireMap(body);
      case 'sortBy':
        return this.#sortedType(range, types.range, body);
      case 'filter':
        this.typing.requireBool(body);
        return listType(name);
      case 'all':
      case 'exists':
      case 'existsOne':
        this.typing.requireBool(body);
        return BOOL;
    }
  }

  #sortedType(range: CelNode, type: CelType, key: CelType): CelType {
    if (range.kind === 'literal' || range.kind === 'map')
      throw unsupported('sortBy can only be applied to a list');
    const types = [type, listType(key)];
    return this.typing.overloads({ name: '@sortByAssociatedKeys', isMethod: true, types }).type;
  }

  #optionalMap(node: Node<'optional-map'>, scope: Scope | undefined): Checked {
    const { name, isFlat } = node;
    const { type, run } = this.check(node.operand, scope);
    const value = this.typing.overloads({ name: 'value', isMethod: true, types: [type] });
    const body = this.check(node.body, { name, type: value.type, outer: scope });
    const made = isFlat ? body.type : optionalType(body.type);
    const types = [BOOL, made, optionalType(this.typing.fresh())];
    const result = this.typing.overloads({ name: '_?_:_', isMethod: false, types });
    return {
      type: result.type,
      run: runOptionalMap({ operand: run, name, body: body.run, isFlat }),
    };
  }
}

/** A variable that a rule declares is always there: what is wrong with its own expression is wrong with this one. */
function composed({ type, run }: Checked, { field, isTest, isOptional }: Select): Checked {
  const value: Run = (frame) => access(run(frame), field, false);
  if (isTest) return { type: BOOL, run: (frame) => value(frame) !== undefined };
  if (!isOptional) return { type, run: value };
  return { type: optionalType(type), run: (frame) => new CelOptional(value(frame)) };
}
