/**
 * Remembers answers under the objects they were computed from: equal content under other objects is computed
 * anew.
 */
export class Memo<Value> {
  readonly #root: MemoNode<Value> = { next: undefined, value: undefined };

  get(keys: readonly object[], compute: () => Value): Value {
    let node = this.#root;
    for (const key of keys) {
      node.next ??= new WeakMap();
      const next = node.next.get(key) ?? { next: undefined, value: undefined };
      node.next.set(key, next);
      node = next;
    }
    node.value ??= { answer: compute() };
    return node.value.answer;
  }
}

interface MemoNode<Value> {
  next: WeakMap<object, MemoNode<Value>> | undefined;
  value: { readonly answer: Value } | undefined;
}
