import { parseSignature, type Signature } from '../type/parse-signature.ts';
import { ADDRESSES } from './addresses.ts';
import { CLOCK } from './clock.ts';
import { CONVERSIONS } from './conversions.ts';
import { type CelFunction, COMPARABLE, type Library } from './library.ts';
import { LISTS } from './lists.ts';
import { NAMED_FORMATS } from './named-formats.ts';
import { OPERATORS } from './operators.ts';
import { OPTIONALS } from './optionals.ts';
import { PATTERNS } from './patterns.ts';
import { QUANTITIES } from './quantities.ts';
import { TEXTS } from './texts.ts';
import { URLS } from './urls.ts';
import { VERSIONS } from './versions.ts';

/** One of the functions of a name, for arguments of certain types. */
export interface Overload extends Signature {
  readonly call: CelFunction;
}

/** What the syntax has; where it is evaluated is where its operands are. */
const SYNTAX: Library = Object.fromEntries(
  [
    '_==_(A, A): bool',
    '_!=_(A, A): bool',
    '_?_:_(bool, A, A): A',
    '_[_](list<A>, int): A',
    '_[_](map<A, B>, A): B',
    '_[_](optional<list<V>>, int): optional<V>',
    '_[_](optional<map<K, V>>, K): optional<V>',
    '_[?_](list<V>, int): optional<V>',
    '_[?_](optional<list<V>>, int): optional<V>',
    '_[?_](map<K, V>, K): optional<V>',
    '_[?_](optional<map<K, V>>, K): optional<V>',
    'optional<V> -> or(optional<V>): optional<V>',
    ...COMPARABLE.map((type) => `list<A> -> @sortByAssociatedKeys(list<${type}>): list<A>`),
  ].map((signature) => [
    signature,
    () => {
      throw new TypeError(`${signature} is evaluated elsewhere`);
    },
  ]),
);

/** The functions that Kubernetes 1.36 has for admission, by name; in its order, which decides between equals. */
export const FUNCTIONS: ReadonlyMap<string, readonly Overload[]> = Map.groupBy(
  [
    SYNTAX,
    OPERATORS,
    CONVERSIONS,
    PATTERNS,
    CLOCK,
    URLS,
    LISTS,
    OPTIONALS,
    QUANTITIES,
    TEXTS,
    ADDRESSES,
    NAMED_FORMATS,
    VERSIONS,
  ].flatMap((library) =>
    Object.entries(library).map(([signature, call]) => ({ ...parseSignature(signature), call })),
  ),
  ({ name }) => name,
);
