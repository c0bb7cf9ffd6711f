/** Factors by suffix, `resource.Quantity` of Kubernetes. */
const SUFFIXES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

/** Longer texts are no quantity that a person writes. */
const MAX_LENGTH = 64;

/**
 * A quantity as Kubernetes writes it (`100m`, `1.5Gi`, `1e3`) as a number; undefined for other text. Held
 * as a double, exact for all sizes that occur.
 */
export function parseQuantity(text: string | undefined): number | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const form = /^([-+]?(?:\d+\.?\d*|\.\d+))(?:([eE][-+]?\d+)|([A-Za-z]{0,2}))$/.exec(text);
  if (form === null) return undefined;
  const [, number = '', exponent = '', suffix = ''] = form;
  const factor = SUFFIXES.get(suffix);
  // Divided rather than multiplied below one, so that 1500m equals 1.5 exactly.
  if (factor === undefined) return undefined;
  const amount = Number(number + exponent);
  return factor < 1 ? amount / Math.round(1 / factor) : amount * factor;
}
