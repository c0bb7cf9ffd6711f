import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments } from '#cmd/arguments.ts';
import { type Command, defineCommand } from '#cmd/command.ts';
import { InputError } from '#cmd/input-error.ts';

const command: Command = defineCommand({
  name: 'try',
  describe: 'A command for tests',
  about: 'A command for tests',
  examples: [],
  flags: {
    filename: { kind: 'list', short: 'f', value: 'FILE', describe: 'Files' },
    recursive: { kind: 'switch', short: 'R', describe: 'Deep' },
    wait: { kind: 'switch', default: true, describe: 'Wait' },
    output: { kind: 'string', short: 'o', value: 'FORMAT', choices: ['json'], describe: 'Format' },
    mode: { kind: 'string', value: 'MODE', choices: ['a', 'b'], default: 'a', describe: 'Mode' },
    'dry-run': { kind: 'string', value: 'MODE', describe: 'Dry' },
  },
  positionals: { usage: '[KIND...]', min: 0, max: 2 },
  run: () => Promise.resolve(0),
});

const DEFAULTS = {
  _: [],
  filename: [],
  recursive: false,
  wait: true,
  output: undefined,
  mode: 'a',
  'dry-run': undefined,
};

const GOOD: readonly (readonly [readonly string[], Readonly<Record<string, unknown>>])[] = [
  [[], {}],
  [['pods', 'jobs'], { _: ['pods', 'jobs'] }],
  [['-f', 'a', '--filename', 'b', '--filename=c'], { filename: ['a', 'b', 'c'] }],
  [['-f', '-'], { filename: ['-'] }],
  [['-fa.yaml'], { filename: ['a.yaml'] }],
  [['--filename', '-'], { filename: ['-'] }],
  [['--mode', 'b', '-f', '-weird'], { mode: 'b', filename: ['-weird'] }],
  [['-ojson'], { output: 'json' }],
  [['-o=json'], { output: 'json' }],
  [['-Rf', 'dir'], { recursive: true, filename: ['dir'] }],
  [['-Rojson'], { recursive: true, output: 'json' }],
  [['--wait=false'], { wait: false }],
  [['--recursive', 'pods'], { recursive: true, _: ['pods'] }],
  [['--mode', 'b', '--mode', 'a'], { mode: 'a' }],
  [['--dry-run=server'], { 'dry-run': 'server' }],
  [['--filename', '007'], { filename: ['007'] }],
  [['--', '-f'], { _: ['-f'] }],
];

for (const [argv, expected] of GOOD) {
  test(`readArguments() reads ${JSON.stringify(argv)}`, async () => {
    assert.deepEqual(await readArguments(command, argv), { ...DEFAULTS, ...expected });
  });
}

const BAD: readonly (readonly [readonly string[], string])[] = [
  [['--nope'], 'unknown flag: --nope'],
  [['-x'], 'unknown shorthand flag: "x"'],
  [['-f'], 'flag needs an argument: --filename'],
  [['--filename='], 'flag needs an argument: --filename'],
  [
    ['-o', 'xml'],
    'unable to match a printer suitable for the output format "xml", allowed formats are: json',
  ],
  [['--mode=c'], 'invalid argument "c" for "--mode" flag: must be one of a, b'],
  [['--wait=perhaps'], 'invalid argument "perhaps" for "--wait" flag: must be true or false'],
  [['a', 'b', 'c'], 'unexpected argument "c": try takes [KIND...]'],
  [['--no-wait'], 'unknown flag: --no-wait'],
];

for (const [argv, message] of BAD) {
  test(`readArguments() refuses ${JSON.stringify(argv)}`, async () => {
    await assert.rejects(readArguments(command, argv), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.code, 'USAGE');
      assert.equal(error.message, message);
      return true;
    });
  });
}
