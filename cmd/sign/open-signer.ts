import type { Signer } from '@sigstore/sign';
import type { PublicKey } from '#shared/trust/public-key.ts';
import type { Context } from '../context.ts';
import { usageError } from '../input-error.ts';
import { findIdentityToken } from './find-identity-token.ts';
import { keySigner } from './key-signer.ts';
import { keylessSigner } from './keyless-signer.ts';
import { readPrivateKey } from './private-key.ts';
import type { SigningArguments } from './signing-arguments.ts';
import type { SigningServices } from './signing-services.ts';
import { isLoggedByTiles } from './tiled-log-witness.ts';

interface OpenedSigner {
  readonly signer: Signer;
  /** Undefined for keyless signing: its key is certified when it signs. */
  readonly key: PublicKey | undefined;
}

/**
 * The private key of `--key`, or a key of the moment for the holder of an identity token.
 * @throws {InputError} for a key or a token that cannot be used, before anybody is asked for anything.
 * @throws {SigningError} if the CI system gives no token.
 */
export async function openSigner(
  args: Pick<SigningArguments, 'key' | 'identity-token'>,
  { authority, logs }: SigningServices,
  context: Context,
): Promise<OpenedSigner> {
  if (args.key === undefined) {
    const token = await findIdentityToken(args['identity-token'], context);
    return { signer: keylessSigner(authority, token), key: undefined };
  }
  const key = await readPrivateKey(args.key, context.env);
  const tiled = logs.find(({ version }) => version === 2);
  if (tiled !== undefined && !isLoggedByTiles(key.publicKey.key))
    throw usageError(
      `the log ${tiled.url} speaks API version 2, which takes signatures of this command by ECDSA P-256 and RSA keys of 2048, 3072 or 4096 bits only, and --key is another`,
    );
  return { signer: keySigner(key), key: key.publicKey };
}
