import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { timestampQuery } from '#cmd/sign/timestamp-query.ts';

test('timestampQuery() makes what openssl makes of the same digest', () => {
  const bytes = Buffer.from('signature');
  const digest = createHash('sha256').update(bytes).digest('hex');
  const argv = ['ts', '-query', '-digest', digest, '-sha256', '-cert', '-no_nonce'];
  const { status, stdout, stderr } = spawnSync('openssl', argv);
  assert.equal(status, 0, stderr.toString());
  assert.equal(timestampQuery(bytes).toString('hex'), stdout.toString('hex'));
});
