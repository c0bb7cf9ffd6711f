import { FUNCTIONS, type Overload } from '../library/functions.ts';
import { BOOL, type CelType, DYN, INT, mapType, optionalOf } from '../type/cel-type.ts';
import { formatType } from '../type/format-type.ts';
import { TypeBindings } from '../type/type-bindings.ts';
import { unsupported } from './unsupported.ts';

/** A call by the types of its arguments, the receiver of a method first. */
export interface TypedCall {
  readonly name: string;
  readonly isMethod: boolean;
  readonly types: readonly CelType[];
}

/** The types of one expression, as far as they are known already. */
export class Typing {
  readonly #bindings = new TypeBindings();
  /** What can be checked only when all types are known. */
  readonly #late: (() => void)[] = [];

  /** Checks when all types are known. */
  later(check: () => void): void {
    this.#late.push(check);
  }

  /** @throws {ConditionError} UNSUPPORTED */
  finish(): void {
    for (const check of this.#late) check();
  }

  /** The type as far as it is known now. */
  known(type: CelType): CelType {
    return this.#bindings.resolve(type);
  }

  /** The type as far as it will ever be known. */
  final(type: CelType): CelType {
    return this.#bindings.resolve(type, true);
  }

  fresh(): CelType {
    return this.#bindings.fresh();
  }

  /** @throws {ConditionError} UNSUPPORTED for another type. */
  requireBool(type: CelType): void {
    if (!this.#bindings.assign([type], [BOOL]))
      throw unsupported(`expected type 'bool' but found '${this.#format(type)}'`);
  }

  /** What an optional type is of. @throws {ConditionError} UNSUPPORTED for another type. */
  requireOptional(type: CelType): CelType {
    const known = this.known(type);
    const inner = known.kind === 'dyn' ? DYN : optionalOf(known);
    if (inner !== undefined) return inner;
    throw unsupported(`expected an optional value but found '${this.#format(type)}'`);
  }

  /** The type of a map, whatever is in it. @throws {ConditionError} UNSUPPORTED for another type. */
  requireMap(type: CelType): CelType {
    const wanted = mapType(this.fresh(), this.fresh());
    if (this.#bindings.assign([type], [wanted])) return this.known(wanted);
    throw unsupported(`expected a map but found '${this.#format(type)}'`);
  }

  /** The type of a field of values of this type. @throws {ConditionError} UNSUPPORTED where they have none. */
  fieldType(type: CelType, field: string): CelType {
    if (type.kind === 'map') return type.params[1] ?? DYN;
    if (this.#isOpen(type)) return DYN;
    const found = type.fields?.get(field);
    if (found !== undefined) return found;
    throw unsupported(
      type.kind === 'struct'
        ? `undefined field '${field}' of ${type.name}`
        : `type '${this.#format(type)}' does not support field selection`,
    );
  }

  /** What the names of a loop stand for. @throws {ConditionError} UNSUPPORTED for what no loop goes over. */
  turnTypes(range: CelType, count: number): readonly CelType[] {
    const type = this.known(range);
    const [first = DYN, second = DYN] = type.params;
    if (type.kind === 'list') return count === 2 ? [INT, first] : [first];
    if (type.kind === 'map') return [first, second];
    if (this.#isOpen(type)) return [DYN, DYN];
    throw unsupported(
      `expression of type '${this.#format(type)}' cannot be range of a comprehension`,
    );
  }

  /** Whether nothing is known of a type; then nothing ever will be. */
  #isOpen(type: CelType): boolean {
    if (type.kind === 'param') this.#bindings.assign([DYN], [type]);
    return type.kind === 'dyn' || type.kind === 'param';
  }

  /** The type that all of these are; open where there are none. */
  join(types: readonly CelType[]): CelType {
    const [first, ...others] = types;
    if (first === undefined) return this.fresh();
    return others.reduce(
      (joined, type) =>
        this.#bindings.assign([joined], [type]) ? this.#bindings.moreGeneral(joined, type) : DYN,
      first,
    );
  }

  /**
   * The overloads of a function that a call may be for, and the type of its result.
   * @throws {ConditionError} UNSUPPORTED where there are none.
   */
  overloads({ name, isMethod, types }: TypedCall): {
    readonly type: CelType;
    readonly candidates: readonly Overload[];
  } {
    const all = FUNCTIONS.get(name);
    if (all === undefined) throw unsupported(`undeclared reference to '${name}'`);
    let type: CelType | undefined;
    const candidates = all.filter((overload) => {
      const result = overload.isMethod === isMethod ? this.#fits(overload, types) : undefined;
      if (result === undefined) return false;
      type = type === undefined || formatType(type) === formatType(result) ? result : DYN;
      return true;
    });
    if (type !== undefined) return { type, candidates };
    const written = types.map((part) => this.#format(part)).join(', ');
    throw unsupported(`found no matching overload for '${name}' applied to (${written})`);
  }

  /** The type of the result where these may be the types of the arguments. */
  #fits({ parameters, result }: Overload, types: readonly CelType[]): CelType | undefined {
    const own = new Map<string, CelType>();
    const renamed = (type: CelType): CelType => {
      if (type.kind !== 'param')
        return type.params.length === 0 ? type : { ...type, params: type.params.map(renamed) };
      const known = own.get(type.name) ?? this.fresh();
      own.set(type.name, known);
      return known;
    };
    const wanted = parameters.map(renamed);
    return this.#bindings.assign(types, wanted) ? this.known(renamed(result)) : undefined;
  }

  #format(type: CelType): string {
    return formatType(this.final(type));
  }
}
