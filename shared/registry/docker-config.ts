import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { type JsonObject, type JsonValue, isJsonObject, stringAt } from '../base/json-value.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { TtlCache } from '../base/ttl-cache.ts';
import { DEFAULT_REGISTRY } from '../image/registry-host.ts';
import { authsKeychain, authsOf } from './auths-keychain.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { KeychainError } from './keychain-error.ts';
import { scopeOf } from './keychain-scope.ts';
import { ANONYMOUS, type Credential, type Keychain } from './keychain.ts';
import type { Environment } from './proxy.ts';
import { anonymousKeychain } from './static-keychain.ts';

/** The name docker has always filed Docker Hub's credentials under. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** Tokens of cloud helpers live for hours; starting a helper takes up to a second. */
const HELPER_ANSWER_TTL_MS = 5 * 60 * 1000;

/** A person's machine knows few registries. */
const MAX_HELPER_ANSWERS = 100;

/** Enough for every account there is; a file of another kind is not read into memory. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

export interface DockerConfigOptions {
  readonly environment?: Environment;
  readonly clock?: Clock;
}

/**
 * The keychain of docker's `config.json` as docker and podman leave it: `DOCKER_CONFIG`, else
 * `~/.docker`, else podman's `REGISTRY_AUTH_FILE` or `$XDG_RUNTIME_DIR/containers/auth.json`; the first
 * file that exists. Anonymous where there is none. The file is read once.
 * @throws {KeychainError} `UNREADABLE` or `MALFORMED`, naming the file.
 */
export async function loadDockerConfig(options: DockerConfigOptions = {}): Promise<Keychain> {
  const environment = options.environment ?? process.env;
  for (const file of configFiles(environment)) {
    const config = await readConfig(file);
    if (config !== undefined) return dockerConfigKeychain(config, options);
  }
  return anonymousKeychain;
}

/** A keychain over the content of a docker `config.json`; runs the credential helpers it names. */
function dockerConfigKeychain(
  config: JsonObject,
  { environment = process.env, clock = systemClock }: DockerConfigOptions = {},
): Keychain {
  const auths = authsKeychain(authsOf(config));
  const answers = new TtlCache<Credential>({ maxEntries: MAX_HELPER_ANSWERS, clock });
  const asking = new SingleFlight<Credential>();
  const ask = async (helper: string, server: string): Promise<Credential> => {
    const key = `${helper} ${server}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const credential = await asking.run(key, () =>
      askCredentialHelper(helper, server, { ...environment }),
    );
    answers.set(key, credential, HELPER_ANSWER_TTL_MS);
    return credential;
  };
  return {
    scope: scopeOf('docker-config', JSON.stringify(config)),
    resolve: async (host, repositoryPath) => {
      const server = host === DEFAULT_REGISTRY ? DOCKER_HUB_KEY : host;
      const helper = helperFor(config, host, server);
      const credential = helper === undefined ? ANONYMOUS : await ask(helper, server);
      return credential.kind === 'anonymous' ? auths.resolve(host, repositoryPath) : credential;
    },
  };
}

/** docker/cli: the helper of the host, else the store that holds all. */
function helperFor(config: JsonObject, host: string, server: string): string | undefined {
  return (
    stringAt(config, 'credHelpers', host) ??
    stringAt(config, 'credHelpers', server) ??
    stringAt(config, 'credsStore')
  );
}

function configFiles(environment: Environment): readonly string[] {
  const directory = environment['DOCKER_CONFIG'] ?? '';
  const podmanFile = environment['REGISTRY_AUTH_FILE'] ?? '';
  const runtime = environment['XDG_RUNTIME_DIR'] ?? '';
  return [
    join(
      directory === '' ? join(environment['HOME'] ?? homedir(), '.docker') : directory,
      'config.json',
    ),
    ...(podmanFile === '' ? [] : [podmanFile]),
    ...(runtime === '' ? [] : [join(runtime, 'containers', 'auth.json')]),
  ];
}

async function readConfig(file: string): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new KeychainError('UNREADABLE', `Cannot read docker configuration "${file}"`, { cause });
  }
  const config = text.length > MAX_CONFIG_BYTES ? undefined : parse(text);
  if (isJsonObject(config)) return config;
  throw new KeychainError(
    'MALFORMED',
    `Cannot read docker configuration "${file}": it is no JSON object`,
  );
}

/** Without the parser's message, which quotes the text. */
function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code))
  );
}
