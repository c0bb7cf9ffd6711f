import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '#cmd/commands.ts';
import { completeWords, formatCompletion } from '#cmd/completion/candidates.ts';

/** Words as kubectl gives them, the values offered, and cobra's directive. */
const CASES: readonly (readonly [readonly string[], readonly string[], number])[] = [
  [['inst'], ['install'], 4],
  [['dry-run', '--pol'], ['--policy'], 4],
  [['dry-run', '--output', ''], ['json', 'yaml', 'name', 'patch', 'wide'], 4],
  [['dry-run', '-o', 'j'], ['json'], 4],
  [['dry-run', '--output=y'], ['--output=yaml'], 4],
  [['dry-run', '-f', ''], [], 0],
  [['verify', '--annotations', ''], [], 4],
  [['dry-run', 'dep'], ['deployments'], 4],
  [['completion', ''], ['bash', 'zsh', 'fish', 'powershell'], 4],
  [['install', '--wait=t'], [], 4],
  [['lint', ''], [], 0],
  [['lint', '-o', ''], ['table', 'json', 'sarif', 'github'], 4],
  [['test', ''], [], 0],
  [['test', '--output', 'j'], ['json', 'junit'], 4],
  [['test', '--record', ''], [], 0],
];

for (const [words, values, directive] of CASES) {
  test(`completeWords() completes ${JSON.stringify(words)}`, () => {
    const completion = completeWords(commands, words);
    assert.deepEqual(
      completion.candidates.map(({ value }) => value),
      values,
    );
    assert.equal(completion.directive, directive);
  });
}

test('completeWords() offers every command before one is chosen', () => {
  const { candidates } = completeWords(commands, ['']);
  assert.deepEqual(
    candidates.map(({ value }) => value),
    commands.map(({ name }) => name),
  );
});

test('formatCompletion() speaks kubectl’s protocol: value, tab, description, directive last', () => {
  const text = formatCompletion({
    candidates: [
      { value: 'one', describe: 'The first' },
      { value: 'two', describe: '' },
    ],
    directive: 4,
  });
  assert.equal(text, 'one\tThe first\ntwo\n:4\n');
});
