/** An answer, or that it hangs on something that is not known. */
export type Truth = boolean | 'unknown';

/** True if it holds for one item, whatever is unknown of the others. */
export function someHolds<Item>(items: readonly Item[], holds: (item: Item) => Truth): Truth {
  let result: Truth = false;
  for (const item of items) {
    const truth = holds(item);
    if (truth === true) return true;
    if (truth === 'unknown') result = 'unknown';
  }
  return result;
}

/** False if it does not hold for one item, whatever is unknown of the others. */
export function everyHolds<Item>(items: readonly Item[], holds: (item: Item) => Truth): Truth {
  let result: Truth = true;
  for (const item of items) {
    const truth = holds(item);
    if (truth === false) return false;
    if (truth === 'unknown') result = 'unknown';
  }
  return result;
}

/** What is unknown stays so when it is turned around. */
export function isNot(truth: Truth): Truth {
  return truth === 'unknown' ? truth : !truth;
}

/** Both; the second is looked at only where the first does not decide. */
export function both(first: Truth, second: () => Truth): Truth {
  if (first === false) return false;
  const truth = second();
  return truth === true ? first : truth;
}
