/**
 * Reads an unquoted YAML scalar the way Kubernetes does (YAML 1.1 as its Go parser resolves it), so that
 * a file means here what `kubectl apply` would make of it: `y`, `yes`, `on` are booleans, `010` is 8,
 * `1e3` is a number, timestamps and `12:30` stay text (Kyverno 1.19).
 */
export function resolvePlainScalar(text: string): null | boolean | number | string {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  // Cheap first look: all numbers start with a digit, a sign or a dot.
  if (!/^[-+.\d]/.test(text)) return text;
  return integer(text.replaceAll('_', '')) ?? float(text) ?? text;
}

const NULLS = ['', '~', 'null', 'Null', 'NULL'];
const TRUES = ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'];
const FALSES = ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'];

const WORDS: ReadonlyMap<string, null | boolean | number> = new Map<
  string,
  null | boolean | number
>([
  ...NULLS.map((text): [string, null] => [text, null]),
  ...TRUES.map((text): [string, boolean] => [text, true]),
  ...FALSES.map((text): [string, boolean] => [text, false]),
  ...['.nan', '.NaN', '.NAN'].map((text): [string, number] => [text, Number.NaN]),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((text): [string, number] => [
    text,
    Number.POSITIVE_INFINITY,
  ]),
  ...['-.inf', '-.Inf', '-.INF'].map((text): [string, number] => [text, Number.NEGATIVE_INFINITY]),
]);

/** Integer forms with their base; a leading zero means octal in YAML 1.1. */
const INTEGERS: readonly { readonly form: RegExp; readonly base: number }[] = [
  { form: /^([-+]?)0b([01]+)$/, base: 2 },
  { form: /^([-+]?)0x([0-9a-fA-F]+)$/, base: 16 },
  { form: /^([-+]?)0o?([0-7]+)$/, base: 8 },
  { form: /^([-+]?)(0|[1-9][0-9]*)$/, base: 10 },
];

function integer(text: string): number | undefined {
  for (const { form, base } of INTEGERS) {
    const found = form.exec(text);
    if (found !== null) return signed(found[1], Number.parseInt(found[2] ?? '', base));
  }
  return undefined;
}

function signed(sign: string | undefined, magnitude: number): number {
  return sign === '-' && magnitude !== 0 ? -magnitude : magnitude;
}

function float(text: string): number | undefined {
  return /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)
    ? Number(text)
    : undefined;
}
