import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterError } from '#cmd/cluster/cluster-error.ts';
import { InputError, usageError } from '#cmd/input-error.ts';
import { reportError } from '#cmd/report-error.ts';
import { DocumentError } from '#shared/document/document-error.ts';
import { KubeError } from '#shared/kube/kube-error.ts';
import { RegistryError } from '#shared/registry/registry-error.ts';
import { PublicKeyError } from '#shared/trust/public-key.ts';

function report(thrown: unknown, command?: string): { code: number; text: string } {
  let text = '';
  const stderr = {
    write: (more: string): void => {
      text += more;
    },
    isTTY: false,
    columns: undefined,
  };
  return { code: reportError(thrown, stderr, command), text };
}

/** What was thrown, and the exit code: 2 for what the user gave, 3 for everything else. */
const CASES: readonly (readonly [unknown, number])[] = [
  [usageError('no'), 2],
  [new InputError('FILE', 'no'), 2],
  [new DocumentError('SYNTAX', 'no', { origin: 'file' }), 2],
  [new PublicKeyError('NO_KEY', 'no'), 2],
  [new KubeError('FORBIDDEN', 'no'), 3],
  [new ClusterError('TIMEOUT', 'no'), 3],
  [new RegistryError('TIMEOUT', 'no'), 3],
  [new TypeError('no'), 3],
  ['no', 3],
  [undefined, 3],
];

for (const [thrown, code] of CASES) {
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  test(`MNH-21 reportError() exits ${code} after ${name}`, () => {
    const reported = report(thrown);
    assert.equal(reported.code, code);
    assert.match(reported.text, /^error: /);
  });
}

test('reportError() points to the help of the command after a usage error only', () => {
  assert.equal(
    report(usageError('what'), 'verify').text,
    "error: what\nSee 'kubectl sign-policy verify --help' for usage.\n",
  );
  assert.equal(report(new InputError('FILE', 'what'), 'verify').text, 'error: what\n');
});

test('reportError() shows where a defect came from, and nothing of the kind for expected errors', () => {
  assert.match(
    report(new TypeError('oops')).text,
    /please report it with these lines:\nTypeError: oops\n {4}at/,
  );
  assert.equal(report(new KubeError('TIMEOUT', 'slow')).text, 'error: slow\n');
});
