import { type CelType, DYN } from './cel-type.ts';
import { isSameType } from './is-same-type.ts';

/** Null may stand for these, as for messages of protocol buffers. */
const NULLABLE: ReadonlySet<string> = new Set(['opaque', 'struct', 'duration', 'timestamp']);

const CONTAINERS: ReadonlySet<string> = new Set(['opaque', 'list', 'map']);

/** What the parameters of types stand for in one expression (cel-go: `checker/types.go`). */
export class TypeBindings {
  readonly #bound = new Bound();
  #made = 0;

  /** A parameter of which nothing is known yet. */
  fresh(): CelType {
    this.#made += 1;
    return { kind: 'param', name: `_${this.#made}`, params: [] };
  }

  /** Whether values of the one types may stand where the others are; binds parameters where they may. */
  assign(from: readonly CelType[], to: readonly CelType[]): boolean {
    this.#bound.begin();
    if (areAssignable(this.#bound, from, to)) return true;
    this.#bound.undo();
    return false;
  }

  /** The type with what its parameters stand for; `isFinal` for dyn where that stayed open. */
  resolve(type: CelType, isFinal = false): CelType {
    const bound = type.kind === 'param' ? this.#bound.get(type.name) : undefined;
    if (bound !== undefined) return this.resolve(bound, isFinal);
    if (type.kind === 'param') return isFinal ? DYN : type;
    if (type.params.length === 0) return type;
    return { ...type, params: type.params.map((param) => this.resolve(param, isFinal)) };
  }

  /** The less specific of two types that are assignable. */
  moreGeneral(left: CelType, right: CelType): CelType {
    return isLessSpecific(left, right) ? left : right;
  }
}

/** Types by parameter. What an attempt binds can be undone: a copy for each would take long in long lists. */
class Bound {
  readonly #types = new Map<string, CelType>();
  #before: (readonly [name: string, type: CelType | undefined])[] = [];

  get(name: string): CelType | undefined {
    return this.#types.get(name);
  }

  set(name: string, type: CelType): void {
    this.#before.push([name, this.#types.get(name)]);
    this.#types.set(name, type);
  }

  begin(): void {
    this.#before = [];
  }

  undo(): void {
    for (const [name, type] of this.#before.toReversed())
      if (type === undefined) this.#types.delete(name);
      else this.#types.set(name, type);
  }
}

function areAssignable(bound: Bound, from: readonly CelType[], to: readonly CelType[]): boolean {
  return (
    from.length === to.length &&
    from.every((type, index) => isAssignable(bound, type, to[index] ?? DYN))
  );
}

function isAssignable(bound: Bound, from: CelType, to: CelType): boolean {
  if (to.kind === 'param') {
    const wasBound = bound.get(to.name) !== undefined;
    if (binds(bound, to, from)) return true;
    if (wasBound) return false;
  }
  if (from.kind === 'param') return binds(bound, from, to);
  const kinds = [from.kind, to.kind];
  if (kinds.includes('dyn')) return true;
  if (kinds.includes('null')) return isNullable(from, to);
  // All types are of one type, whatever they are of.
  const params = CONTAINERS.has(from.kind);
  return from.name === to.name && (!params || areAssignable(bound, from.params, to.params));
}

function isNullable(left: CelType, right: CelType): boolean {
  const other = left.kind === 'null' ? right : left;
  return other.kind === 'null' || NULLABLE.has(other.kind);
}

/** Whether a parameter may stand for a type; remembers that it does. */
function binds(bound: Bound, param: CelType, type: CelType): boolean {
  if (isSameType(type, param)) return true;
  const known = bound.get(param.name);
  if (known === undefined) {
    if (!isFree(bound, param, type)) return false;
    bound.set(param.name, type);
    return true;
  }
  if (isSameType(type, known)) return true;
  if (!isAssignable(bound, type, known)) return false;
  const general = isLessSpecific(type, known) ? type : known;
  if (isFree(bound, param, general)) bound.set(param.name, general);
  return true;
}

/** Whether a type does not contain the parameter, which could then never be resolved. */
function isFree(bound: Bound, param: CelType, type: CelType): boolean {
  if (isSameType(param, type)) return false;
  if (type.kind === 'param') {
    const known = bound.get(type.name);
    return known === undefined || isFree(bound, param, known);
  }
  return type.params.every((inner) => isFree(bound, param, inner));
}

function isLessSpecific(left: CelType, right: CelType): boolean {
  if (left.kind === 'dyn' || left.kind === 'param') return true;
  if (right.kind === 'dyn' || right.kind === 'param') return false;
  if (left.kind !== right.kind) return false;
  if (left.kind === 'type') return true;
  return (
    left.name === right.name &&
    left.params.length === right.params.length &&
    left.params.every((param, index) => isLessSpecific(param, right.params[index] ?? DYN))
  );
}
