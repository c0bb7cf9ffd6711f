import assert from 'node:assert/strict';
import { runCli } from '#test/integration/cmd/run-cli.ts';

/** What `verify` of our plugin said. */
export interface OurAnswer {
  readonly code: number;
  readonly text: string;
}

/** Asks our plugin; a policy among the flags is `-`, and its text is given. */
export async function ourAnswer(
  image: string,
  flags: readonly string[],
  policy = '',
): Promise<OurAnswer> {
  const { code, stdout, stderr } = await runCli(['verify', image, ...flags], { stdin: policy });
  return { code, text: stdout + stderr };
}

/** What our plugin says under a policy whose one rule has one attestor. */
export async function ourAnswerUnder(
  attestor: object,
  image: string,
  flags: readonly string[],
): Promise<OurAnswer> {
  const rule = {
    name: 'signed',
    match: { any: [{ resources: { kinds: ['Pod'] } }] },
    verifyImages: [
      {
        imageReferences: ['*'],
        failureAction: 'Enforce',
        attestors: [{ entries: [attestor] }],
      },
    ],
  };
  const policy = {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name: 'signed' },
    spec: { rules: [rule] },
  };
  return ourAnswer(image, ['--policy', '-', ...flags], JSON.stringify(policy));
}

export function assertVerified({ code, text }: OurAnswer, ...seen: readonly RegExp[]): void {
  assert.equal(code, 0, text);
  for (const pattern of seen) assert.match(text, pattern);
}

/** Refused, not failed: the exit code is 1. */
export function assertRefused({ code, text }: OurAnswer, because: RegExp): void {
  assert.equal(code, 1, text);
  assert.match(text, because);
}
