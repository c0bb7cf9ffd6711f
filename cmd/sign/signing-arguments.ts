import { usageError } from '../input-error.ts';

/** Who signs and which services vouch for it, as flags say it. */
export interface SigningArguments {
  readonly key: string | undefined;
  readonly 'identity-token': string | undefined;
  readonly 'fulcio-url': string | undefined;
  readonly 'rekor-url': string | undefined;
  readonly 'timestamp-server-url': string | undefined;
  readonly 'signing-config': string | undefined;
  readonly 'tlog-upload': boolean;
}

const KEYLESS_FLAGS = ['identity-token', 'fulcio-url'] as const;
const SERVICE_FLAGS = ['fulcio-url', 'rekor-url', 'timestamp-server-url'] as const;

/**
 * Refuses flags that contradict each other.
 * @throws {InputError}
 */
export function checkSigningArguments(args: SigningArguments): void {
  const keyless = KEYLESS_FLAGS.find((flag) => args[flag] !== undefined);
  if (args.key !== undefined && keyless !== undefined)
    throw usageError(
      `--key and --${keyless} exclude each other: --${keyless} is for keyless signing`,
    );
  const service = SERVICE_FLAGS.find((flag) => args[flag] !== undefined);
  if (args['signing-config'] !== undefined && service !== undefined)
    throw usageError(
      `--signing-config and --${service} exclude each other: the file names all services`,
    );
  if (!args['tlog-upload']) checkUnlogged(args);
}

function checkUnlogged(args: SigningArguments): void {
  if (args['signing-config'] !== undefined)
    throw usageError(
      '--signing-config and --tlog-upload=false exclude each other: give a file that names no log',
    );
  if (args['rekor-url'] !== undefined)
    throw usageError('--rekor-url names a log, and --tlog-upload=false asks for none');
  if (args.key === undefined && args['timestamp-server-url'] === undefined)
    throw usageError(
      'a keyless signature needs a witness of its time: with --tlog-upload=false give --timestamp-server-url',
    );
}
