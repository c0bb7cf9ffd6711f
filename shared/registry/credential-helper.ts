import { execFile } from 'node:child_process';
import { member, stringAt } from '../base/json-value.ts';
import { userCredential } from './docker-auth.ts';
import { KeychainError } from './keychain-error.ts';
import { ANONYMOUS, type Credential } from './keychain.ts';

/** Helpers of clouds ask over the network; a person may have to unlock a key ring. */
const HELPER_TIMEOUT_MS = 10_000;

/** Tokens are a few kilobytes. */
const MAX_OUTPUT_BYTES = 128 * 1024;

/** docker-credential-helpers `credentials/error.go`: what a helper says when it simply has nothing. */
const HAS_NOTHING = 'credentials not found in native keychain';

/**
 * Asks `docker-credential-<name> get` for the credential of a server (docker-credential-helpers protocol).
 * @throws {KeychainError} `HELPER_FAILED`; what the helper printed is not quoted.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  environment: NodeJS.ProcessEnv,
): Promise<Credential> {
  const failed = (why: string): KeychainError =>
    new KeychainError(
      'HELPER_FAILED',
      `Cannot get credentials for "${server}" from helper "docker-credential-${name}": ${why}`,
    );
  // The name becomes part of a file name.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw failed('its name must be letters, digits, ".", "_" or "-"');
  const { problem, output } = await run(`docker-credential-${name}`, server, environment);
  if (output.includes(HAS_NOTHING)) return ANONYMOUS;
  if (problem !== undefined) throw failed(problem);
  const credential = readCredential(output);
  if (credential === undefined) throw failed('its answer is not understood');
  return credential;
}

interface HelperResult {
  /** In words; the error of a child process itself holds the output, which is secret. */
  readonly problem: string | undefined;
  readonly output: string;
}

function run(file: string, input: string, env: NodeJS.ProcessEnv): Promise<HelperResult> {
  const options = { env, timeout: HELPER_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve) => {
    const child = execFile(file, ['get'], options, (error, stdout) =>
      resolve({ problem: error === null ? undefined : describe(error), output: stdout }),
    );
    // A helper that exits without reading its input is judged by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${input}\n`);
  });
}

function describe(error: Error): string {
  const code: unknown = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'the program is not on the PATH';
  if ('killed' in error && error.killed === true)
    return `it did not answer within ${HELPER_TIMEOUT_MS / 1000} s`;
  return `it ended with code ${String(code)}`;
}

function readCredential(output: string): Credential | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    return undefined;
  }
  const username = stringAt(answer, 'Username');
  const secret = member(answer, 'Secret');
  if (username === undefined || typeof secret !== 'string') return undefined;
  return username === '' && secret === '' ? ANONYMOUS : userCredential(username, secret);
}
