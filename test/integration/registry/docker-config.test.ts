import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadDockerConfig } from '#shared/registry/docker-config.ts';
import type { Credential } from '#shared/registry/keychain.ts';
import type { KeychainErrorCode } from '#shared/registry/keychain-error.ts';

/** A home directory with these files; scripts are executable. */
async function makeHome(t: TestContext, files: Record<string, string>): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'docker-config-'));
  t.after(() => rm(home, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = join(home, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, 0o755);
  }
  return home;
}

function environmentOf(home: string): Record<string, string> {
  return { HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin` };
}

function auths(username: string): string {
  const auth = Buffer.from(`${username}:pass`).toString('base64');
  return JSON.stringify({ auths: { 'a.example': { auth } } });
}

function userOf(credential: Credential): string {
  return credential.kind === 'basic' ? credential.username : credential.kind;
}

const PLACES: readonly (readonly [string, Record<string, string>, string])[] = [
  ['.docker/config.json', {}, '~/.docker'],
  ['elsewhere/config.json', { DOCKER_CONFIG: 'elsewhere' }, 'DOCKER_CONFIG'],
  ['podman.json', { REGISTRY_AUTH_FILE: 'podman.json' }, 'REGISTRY_AUTH_FILE'],
  ['run/containers/auth.json', { XDG_RUNTIME_DIR: 'run' }, 'XDG_RUNTIME_DIR'],
];

for (const [file, variables, name] of PLACES) {
  test(`loadDockerConfig() finds the file by ${name}`, async (t) => {
    const home = await makeHome(t, { [file]: auths('user') });
    const environment = environmentOf(home);
    for (const [key, value] of Object.entries(variables)) environment[key] = join(home, value);
    const keychain = await loadDockerConfig({ environment });
    assert.equal(userOf(await keychain.resolve('a.example', 'app')), 'user');
    assert.equal(userOf(await keychain.resolve('b.example', 'app')), 'anonymous');
  });
}

test('loadDockerConfig() without any file is anonymous', async (t) => {
  const keychain = await loadDockerConfig({ environment: environmentOf(await makeHome(t, {})) });
  assert.equal(keychain.scope, 'anonymous');
});

for (const content of ['{"auths": secret', '["secret"]']) {
  test(`MNH-29 loadDockerConfig() refuses ${content} without quoting it`, async (t) => {
    const home = await makeHome(t, { '.docker/config.json': content });
    await assert.rejects(loadDockerConfig({ environment: environmentOf(home) }), {
      name: 'KeychainError',
      code: 'MALFORMED',
      message: `Cannot read docker configuration "${join(home, '.docker/config.json')}": it is no JSON object`,
    });
  });
}

test('loadDockerConfig() refuses a file that cannot be read', async (t) => {
  const home = await makeHome(t, { '.docker/config.json/inside': '' });
  await assert.rejects(loadDockerConfig({ environment: environmentOf(home) }), {
    code: 'UNREADABLE',
    message: `Cannot read docker configuration "${join(home, '.docker/config.json')}"`,
  });
});

/** Answers with the name of the server it was asked for, and counts. */
const ECHO = `#!/bin/sh
read -r server
echo "$1 $server" >> "$HOME/asked"
printf '{"ServerURL":"%s","Username":"user of %s","Secret":"secret"}' "$server" "$server"
`;

const CONFIGS: readonly (readonly [string, object, string, string])[] = [
  ['credsStore', { credsStore: 'echo' }, 'a.example', 'user of a.example'],
  [
    'credsStore for Docker Hub under its old name',
    { credsStore: 'echo' },
    'docker.io',
    'user of https://index.docker.io/v1/',
  ],
  ['credHelpers', { credHelpers: { 'a.example': 'echo' } }, 'a.example', 'user of a.example'],
  [
    'credHelpers before credsStore',
    { credsStore: 'missing', credHelpers: { 'a.example': 'echo' } },
    'a.example',
    'user of a.example',
  ],
  [
    'no helper for another host',
    { credHelpers: { 'a.example': 'echo' } },
    'b.example',
    'anonymous',
  ],
  [
    'auths where the store has nothing',
    { credsStore: 'empty', auths: { 'a.example': { username: 'file', password: 'x' } } },
    'a.example',
    'file',
  ],
];

for (const [name, config, host, expected] of CONFIGS) {
  test(`credentials come from ${name}`, async (t) => {
    const home = await makeHome(t, {
      '.docker/config.json': JSON.stringify(config),
      'bin/docker-credential-echo': ECHO,
      'bin/docker-credential-empty':
        '#!/bin/sh\necho "credentials not found in native keychain"\nexit 1\n',
    });
    const keychain = await loadDockerConfig({ environment: environmentOf(home) });
    assert.equal(userOf(await keychain.resolve(host, 'app')), expected);
  });
}

test('a helper is asked once for simultaneous and for soon repeated questions', async (t) => {
  const home = await makeHome(t, {
    '.docker/config.json': '{"credsStore":"echo"}',
    'bin/docker-credential-echo': ECHO,
  });
  let now = 0;
  const clock = { now: () => now };
  const keychain = await loadDockerConfig({ environment: environmentOf(home), clock });
  const asked = async (): Promise<number> => {
    return (await readFile(join(home, 'asked'), 'utf8')).trim().split('\n').length;
  };
  await Promise.all([1, 2, 3].map(() => keychain.resolve('a.example', 'app')));
  await keychain.resolve('a.example', 'other');
  assert.equal(await asked(), 1);
  now = 6 * 60 * 1000;
  await keychain.resolve('a.example', 'app');
  assert.equal(await asked(), 2);
});

test('a helper that answers with <token> gives an identity token', async (t) => {
  const home = await makeHome(t, {
    '.docker/config.json': '{"credsStore":"token"}',
    'bin/docker-credential-token': `#!/bin/sh\necho '{"Username":"<token>","Secret":"id"}'\n`,
  });
  const keychain = await loadDockerConfig({ environment: environmentOf(home) });
  const expected = { kind: 'identity-token', token: 'id' };
  assert.deepEqual(await keychain.resolve('a.example', 'app'), expected);
});

const BAD_HELPERS: readonly (readonly [string, string, string | undefined, string])[] = [
  ['that is missing', 'none', undefined, 'the program is not on the PATH'],
  ['that fails', 'bad', '#!/bin/sh\necho secret\nexit 3\n', 'it ended with code 3'],
  ['that says nothing useful', 'bad', '#!/bin/sh\necho secret\n', 'its answer is not understood'],
  [
    'with a path for a name',
    '../evil',
    undefined,
    'its name must be letters, digits, ".", "_" or "-"',
  ],
];

for (const [name, helper, script, why] of BAD_HELPERS) {
  test(`MNH-29 a helper ${name} fails with its reason and without its output`, async (t) => {
    const home = await makeHome(t, {
      '.docker/config.json': JSON.stringify({ credsStore: helper }),
      ...(script === undefined ? {} : { [`bin/docker-credential-${helper}`]: script }),
    });
    const keychain = await loadDockerConfig({ environment: environmentOf(home) });
    const code: KeychainErrorCode = 'HELPER_FAILED';
    await assert.rejects(keychain.resolve('a.example', 'app'), {
      name: 'KeychainError',
      code,
      message: `Cannot get credentials for "a.example" from helper "docker-credential-${helper}": ${why}`,
    });
  });
}
