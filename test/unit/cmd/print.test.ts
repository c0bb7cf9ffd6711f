import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '#cmd/flag/duration.ts';
import { printableText } from '#cmd/print/printable-text.ts';
import { startProgress } from '#cmd/print/progress.ts';
import { styleFor } from '#cmd/print/style.ts';
import { formatTable } from '#cmd/print/table.ts';
import { startWaiting } from '#cmd/print/waiting.ts';

function output(isTTY: boolean): {
  written: string[];
  write: (text: string) => void;
  isTTY: boolean;
  columns: number;
} {
  const written: string[] = [];
  return { written, write: (text) => void written.push(text), isTTY, columns: 20 };
}

const plain = styleFor(output(false), {});

test('formatTable() pads by three, six at least, and leaves no spaces at line ends', () => {
  const table = {
    headers: ['A', 'LONGER', 'LAST'],
    rows: [
      [{ text: 'x' }, { text: 'y' }, { text: 'z' }],
      [{ text: '1234567' }, { text: '' }, { text: '' }],
    ],
  };
  assert.equal(
    formatTable(table, plain),
    ['A         LONGER   LAST', 'x         y        z', '1234567', ''].join('\n'),
  );
  assert.equal(formatTable(table, plain, false), 'x         y     z\n1234567\n');
});

test('formatTable() aligns painted cells by what is seen of them', () => {
  const style = styleFor(output(true), {});
  const table = { headers: ['A', 'B'], rows: [[{ text: 'no', paint: 'red' }, { text: 'b' }]] };
  assert.equal(
    formatTable(
      { ...table, rows: [[{ text: 'no', paint: 'red' as const }, { text: 'b' }]] },
      style,
    ),
    'A     B\n\u001B[31mno\u001B[39m    b\n',
  );
});

test('formatTable() prints no control characters of a cell, and no second line', () => {
  const rows = [[{ text: 'a\u001B[2J\u009Bm\nb\u202E' }, { text: 'c' }]];
  assert.equal(
    formatTable({ headers: ['A', 'B'], rows }, plain, false),
    'a\uFFFD[2J\uFFFDm\uFFFDb\uFFFD   c\n',
  );
});

test('printableText() keeps lines and tabs, and no other control characters', () => {
  assert.equal(printableText('a\u001B[31m\n\tb\r\n'), 'a\uFFFD[31m\n\tb\uFFFD\n');
  assert.equal(printableText('x'.repeat(2_000)), 'x'.repeat(2_000));
});

const COLOURLESS: readonly (readonly [string, boolean, Readonly<Record<string, string>>])[] = [
  ['there is no terminal', false, {}],
  ['NO_COLOR is set', true, { NO_COLOR: '1' }],
  ['NO_COLOR is set to nothing', true, { NO_COLOR: '' }],
  ['the terminal is dumb', true, { TERM: 'dumb' }],
];

for (const [when, isTTY, env] of COLOURLESS) {
  test(`styleFor() paints nothing where ${when}`, () => {
    assert.equal(styleFor(output(isTTY), env)('red', 'text'), 'text');
  });
}

test('startProgress() and startWaiting() are silent where nobody looks', () => {
  const stream = output(false);
  const progress = startProgress(stream, 2, 'Working');
  progress.step();
  progress.end();
  const waiting = startWaiting(stream);
  waiting.show('for something');
  waiting.end();
  assert.deepEqual(stream.written, []);
});

test('startWaiting() keeps to one line of the terminal and takes it away again', () => {
  const stream = output(true);
  const waiting = startWaiting(stream);
  waiting.show('a text that is much longer than the terminal is wide');
  waiting.end();
  assert.deepEqual(stream.written, ['\r\u001B[Ka text that is much', '\r\u001B[K']);
});

const DURATIONS: readonly (readonly [string, number])[] = [
  ['90s', 90_000],
  ['1m30s', 90_000],
  ['1.5m', 90_000],
  ['250ms', 250],
  ['2h', 7_200_000],
  ['5', 5000],
  ['0', 0],
];

for (const [text, milliseconds] of DURATIONS) {
  test(`parseDuration() reads ${text}`, () => {
    assert.equal(parseDuration('timeout', text), milliseconds);
  });
}

for (const text of ['', 'soon', '5x', '-3s', '1m 3s']) {
  test(`parseDuration() refuses "${text}"`, () => {
    assert.throws(() => parseDuration('timeout', text), {
      code: 'USAGE',
      message: `invalid argument "${text}" for "--timeout" flag: must be a duration such as 90s or 2m`,
    });
  });
}
