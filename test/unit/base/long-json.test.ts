import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonReader } from '#shared/base/json-reader.ts';
import { parseLongJson, parseStrictJson } from '#shared/base/strict-json.ts';

/** What a parser makes of a text; all refusals alike. */
function outcome(parse: () => unknown): unknown {
  try {
    return { value: parse() };
  } catch {
    return 'refused';
  }
}

function readInSteps(text: string, leaveOut?: string): unknown {
  const reader = new JsonReader(text, { depth: 64, values: 20_000, leaveOut });
  while (!reader.step());
  return reader.result;
}

const INSERTED = ['"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', ' ', '\n', '\u0001'];

test('parseLongJson: reads and refuses what parseStrictJson does, also damaged', () => {
  const damage = fc.tuple(fc.nat(), fc.constantFrom('', ...INSERTED), fc.nat(2));
  fc.assert(
    fc.property(fc.json(), damage, (json, [at, inserted, deleted]) => {
      const index = at % (json.length + 1);
      const text = json.slice(0, index) + inserted + json.slice(index + deleted);
      const [strict, long] = [parseStrictJson, readInSteps].map((parse) =>
        outcome(() => parse(text)),
      );
      assert.ok(isDeepStrictEqual(long, strict), JSON.stringify(text));
    }),
    { numRuns: 3000 },
  );
});

test('parseLongJson: what is left out is checked like all else', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['{"a":1,"p":{"b":[1,{}]},"c":{"p":2}}', { a: 1, p: null, c: { p: 2 } }],
    ['{"p":[[[]],"x\\u0041"]}', { p: null }],
    ['{"__proto__":{"a":1},"p":1}', JSON.parse('{"__proto__":{"a":1},"p":null}')],
    ['{"p":{"a":1,"a":2}}', 'refused'],
    ['{"p":{"a":1,"\\u0061":2}}', 'refused'],
    ['{"p":[1,]}', 'refused'],
    ['{"p":[01]}', 'refused'],
    ['{"p":"\u0001"}', 'refused'],
    ['{"p":"\\x"}', 'refused'],
    [`{"p":${'['.repeat(64)}${']'.repeat(64)}}`, 'refused'],
    ['{"p":1,"p":1}', 'refused'],
    ['{"p":1}}', 'refused'],
  ];
  for (const [text, expected] of cases) {
    const read = outcome(() => readInSteps(text, 'p'));
    assert.deepEqual(read, expected === 'refused' ? expected : { value: expected }, text);
  }
});

test('parseLongJson: long strings with and without escapes come out as they went in', async () => {
  const values = [
    'x'.repeat(200_000),
    'a"\n\u20ac\u{1f600}\\'.repeat(40_000),
    '\\'.repeat(150_000),
  ];
  assert.deepEqual(await parseLongJson(JSON.stringify(values)), values);
});

test('MNH-26 parseLongJson: megabytes of escapes in one string are searched once, not once for each', async () => {
  const value = '\n'.repeat(1_000_000);
  assert.equal(await parseLongJson(JSON.stringify(value)), value);
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['more values than any document has', `[${'[],'.repeat(50_000)}1]`, 'TOO_MANY'],
  ['no JSON', `["${'x'.repeat(80_000)}`, 'NOT_JSON'],
  ['a key twice', `{"a":"${'x'.repeat(80_000)}","a":1}`, 'DUPLICATE_KEY'],
  ['deep nesting', `["${'x'.repeat(80_000)}",${'['.repeat(100)}`, 'TOO_DEEP'],
];

for (const [criterion, text, code] of REFUSED) {
  test(`parseLongJson: refuses ${criterion}`, async () => {
    await assert.rejects(parseLongJson(text), { name: 'StrictJsonError', code });
  });
}

test('MNH-26 parseLongJson: lets others have their turn while it reads hostile megabytes', async () => {
  const hostile = `{"p":[${'[[[[1]]]],{"a":{}},"\\n",'.repeat(100_000)}1]}`;
  const done = new AbortController();
  let turns = 0;
  const others = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await setImmediate();
      turns += 1;
    }
  };
  const reading = parseLongJson(hostile, { leaveOut: 'p' }).finally(() => done.abort());
  const [value] = await Promise.all([reading, others()]);
  assert.deepEqual(value, { p: null });
  assert.ok(turns > 5, `${turns} turns`);
});
