import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { fileURLToPath } from 'node:url';
import { readIdentityToken } from '#cmd/sign/identity-token.ts';
import { keylessSigner } from '#cmd/sign/keyless-signer.ts';
import { type CommandResult, runCommand } from '#test/cluster/run-command.ts';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { refusal } from '#test/support/sigstore/service-answer.ts';
import { type SigningServer, startSigningServer } from '#test/support/sigstore/signing-server.ts';
import type { Claims } from '#test/support/sigstore/token-issuer.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { runCli } from './run-cli.ts';

const MAIN = fileURLToPath(new URL('../../../cmd/main.ts', import.meta.url));

let registry: TestRegistry;
let services: SigningServer;
let image: string;

before(async () => {
  registry = await startRegistry();
  services = await startSigningServer(createVirtualSigstore());
  image = `${registry.host}/acme/app@${putImage(registry, 'acme/app', { tag: '1.0' }).digest}`;
});

after(async () => {
  await services.close();
  await registry.close();
});

const argv = (): readonly string[] => [
  'sign',
  image,
  '--fulcio-url',
  services.url,
  '--rekor-url',
  services.url,
];

/** No part of a token that says anything is in the text. */
function assertNoSecret(text: string, token: string): void {
  for (const part of [token, ...token.split('.').slice(1)])
    if (part !== '') assert.ok(!text.includes(part), text);
}

/** The claims, and what is said of the token. */
const BAD: readonly (readonly [string, Claims, RegExp])[] = [
  [
    'that expired',
    { exp: 1_700_000_000 },
    /of SIGSTORE_ID_TOKEN: it expired at 2023-11-14T22:13:20\.000Z, and here it is 2/,
  ],
  ['without subject', { sub: undefined }, /it names nobody, expected the claim "sub" or "email"/],
  [
    'with an email that nobody verified',
    { email: 'a@b.example' },
    /did not verify the claim "email"/,
  ],
];

for (const [criterion, claims, message] of BAD) {
  test(`sign refuses an identity token ${criterion}, and asks nobody`, async () => {
    const token = services.issuer.token(claims);
    const asked = services.requests.length;
    const { code, stdout, stderr } = await runCli(argv(), { env: { SIGSTORE_ID_TOKEN: token } });
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assertNoSecret(stdout + stderr, token);
    assert.equal(services.requests.length, asked);
  });
}

/** What is given as token. */
const NO_TOKENS: readonly (readonly [string, string, RegExp])[] = [
  ['a damaged token', 'eyJhbGciOiJFUzI1NiJ9.secret-part', /it is no JSON Web Token/],
  ['a token around no JSON', 'eyJhbGciOiJFUzI1NiJ9.c2VjcmV0.c2ln', /it is no JSON Web Token/],
  [
    'what is neither token nor file',
    'secret-opaque-token',
    /neither a JSON Web Token nor a file that can be read \(ENOENT\)/,
  ],
];

for (const [criterion, given, message] of NO_TOKENS) {
  test(`sign refuses ${criterion} and does not repeat it`, async () => {
    const { code, stdout, stderr } = await runCli([...argv(), '--identity-token', given]);
    assert.equal(code, 2);
    assert.match(stderr, message);
    assertNoSecret(stdout + stderr, given);
    assert.doesNotMatch(stderr, /secret/);
  });
}

test('a service that repeats the token does not make it visible', async () => {
  const token = services.issuer.token();
  for (const part of [token, `claims ${token.split('.')[1]}`]) {
    services.replace('fulcio', () => refusal(400, `cannot use ${part}`));
    const { code, stdout, stderr } = await runCli(argv(), { env: { SIGSTORE_ID_TOKEN: token } });
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /Cannot get a certificate from \S+: \(400\) cannot use (?:claims )?<token>\n$/,
    );
    assertNoSecret(stdout + stderr, token);
    const signer = keylessSigner(services.url, readIdentityToken(token, 'test', new Date()));
    await assert.rejects(signer.sign(Buffer.from('payload')), (error) => {
      assertNoSecret(inspect(error, { depth: 10, showHidden: true }), token);
      return true;
    });
  }
  services.replace('fulcio', undefined);
});

/** The plugin as a program of its own: CI systems are known by the environment of the process. */
function runPlugin(env: Readonly<Record<string, string>>): Promise<CommandResult> {
  return runCommand(process.execPath, [MAIN, ...argv()], { env });
}

test('sign takes a token from the job of GitHub Actions that it runs in', async () => {
  const questions: (string | undefined)[] = [];
  let answer = '';
  const actions = createServer((request, response) => {
    questions.push(request.url, request.headers.authorization);
    response.setHeader('content-type', 'application/json').end(answer);
  });
  await new Promise<void>((resolve) => actions.listen(0, '127.0.0.1', resolve));
  const { port } = actions.address() as AddressInfo;
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?run=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
  };
  try {
    const sub = 'https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main';
    answer = JSON.stringify({ value: services.issuer.token({ sub }) });
    const { code, stdout, stderr } = await runPlugin(env);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(`\n  signed by ${sub}\n`), stdout);
    assert.deepEqual(questions, ['/token?run=1&audience=sigstore', 'Bearer request-secret']);
    answer = '{}';
    const refused = await runPlugin(env);
    assert.equal(refused.code, 3);
    assert.match(
      refused.stderr,
      /GitHub Actions was asked for one with audience "sigstore", and gave none\n$/,
    );
    assert.doesNotMatch(refused.stderr, /request-secret/);
  } finally {
    actions.closeAllConnections();
    actions.close();
  }
});

test('sign tells a job of GitHub Actions which permission it lacks', async () => {
  const { code, stderr } = await runCli(argv(), { env: { GITHUB_ACTIONS: 'true' } });
  assert.equal(code, 2);
  assert.match(stderr, /needs an identity token: .* give it "permissions: id-token: write"\./);
});
