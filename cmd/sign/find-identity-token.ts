import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { CIContextProvider } from '@sigstore/sign';
import { raceAbort } from '#shared/base/race-abort.ts';
import type { Context } from '../context.ts';
import type { Environment } from '../environment.ts';
import { InputError, usageError } from '../input-error.ts';
import { guarded } from './guarded.ts';
import { type IdentityToken, readIdentityToken } from './identity-token.ts';
import { SigningError } from './signing-error.ts';

/** cosign's variable. */
const VARIABLE = 'SIGSTORE_ID_TOKEN';

/** A job's own service answers within a second. Milliseconds. */
const CI_TIMEOUT_MS = 20_000;

/** A token is a few thousand bytes; what is larger is another file. Bytes. */
const MAX_INPUT_BYTES = 128 * 1024;

/** How every JSON Web Token begins: `{"` in base64url. */
const TOKEN_START = /^eyJ/;

/**
 * The token to sign with: of `--identity-token`, of `SIGSTORE_ID_TOKEN`, or of the CI job this runs in.
 * @throws {InputError} where there is none, or it cannot be used.
 * @throws {SigningError} if the CI system gives none.
 */
export async function findIdentityToken(
  flag: string | undefined,
  context: Pick<Context, 'env' | 'streams'>,
): Promise<IdentityToken> {
  const [found, where] = await findText(flag, context);
  return readIdentityToken(found.trim(), where, new Date());
}

async function findText(
  flag: string | undefined,
  { env, streams }: Pick<Context, 'env' | 'streams'>,
): Promise<readonly [string, string]> {
  if (flag === '-') return [await streams.readStdin(MAX_INPUT_BYTES), 'standard input'];
  if (flag !== undefined) {
    const isToken = TOKEN_START.test(flag.trim());
    return [isToken ? flag : await readToken(flag), '--identity-token'];
  }
  const variable = env[VARIABLE] ?? '';
  if (variable !== '') return [variable, VARIABLE];
  const system = ciSystem(env);
  if (system === undefined) throw noToken(env);
  return [await askSystem(system), system.name];
}

/** What was meant as a token must not be quoted as a file that does not exist. */
async function readToken(path: string): Promise<string> {
  try {
    return await text(createReadStream(path, { end: MAX_INPUT_BYTES }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      'TOKEN',
      `Cannot use the identity token of --identity-token: it is neither a JSON Web Token nor a file that can be read (${code})`,
    );
  }
}

interface CiSystem {
  readonly name: string;
  /** What is asked over HTTP. */
  readonly urls: readonly string[];
}

/** By the variables of jobs that may have a token (those that the signing package knows, too). */
function ciSystem(env: Environment): CiSystem | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env;
  if (url !== undefined && secret !== undefined) return { name: 'GitHub Actions', urls: [url] };
  return env['BUILDKITE'] === 'true' ? { name: 'Buildkite', urls: [] } : undefined;
}

function noToken(env: Environment): InputError {
  const hint =
    env['GITHUB_ACTIONS'] === 'true'
      ? ' This job of GitHub Actions may not: give it "permissions: id-token: write".'
      : '';
  return usageError(
    `signing without --key needs an identity token: give --identity-token TOKEN|FILE|-, set ${VARIABLE}, or run in a job of GitHub Actions or Buildkite that may ask for one.${hint}`,
  );
}

async function askSystem({ name, urls }: CiSystem): Promise<string> {
  let token: unknown;
  try {
    const asked = guarded(urls, () => new CIContextProvider('sigstore').getToken());
    token = await raceAbort(asked, AbortSignal.timeout(CI_TIMEOUT_MS));
  } catch {
    token = undefined;
  }
  if (typeof token === 'string' && token !== '') return token;
  throw new SigningError(
    'TOKEN',
    `Cannot get an identity token: ${name} was asked for one with audience "sigstore", and gave none`,
  );
}
