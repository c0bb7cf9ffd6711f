import { repositoryName } from '#shared/image/format-reference.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import { COSIGN_SIGN_PREDICATE } from '#shared/signature/in-toto-statement.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { imageArgument } from '../image-argument.ts';
import { type RegistryArguments, openWriter } from '../open-registry.ts';
import { makeBundle } from './make-bundle.ts';
import { readPrivateKey } from './private-key.ts';
import { findSubject, storeBundle } from './store-bundle.ts';

export interface SignArguments extends RegistryArguments {
  readonly _: readonly string[];
  readonly key: string | undefined;
  readonly annotations: readonly string[];
}

/** What is said of the image. */
interface Said {
  readonly predicateType: string;
  readonly predicate: JsonValue;
}

/** Signs one image: says nothing but that it is signed. */
export async function sign(args: SignArguments, context: Context): Promise<ExitCode> {
  const said = { predicateType: COSIGN_SIGN_PREDICATE, predicate: {} };
  return await signStatement(args, said, context);
}

/** Signs a statement about one image with a private key and stores it beside the image. */
export async function signStatement(
  args: SignArguments,
  said: Said,
  context: Context,
): Promise<ExitCode> {
  const reference = imageArgument(args._[0] ?? '');
  const key = await readPrivateKey(args.key ?? '', context.env);
  const { registry, writer } = await openWriter(args, context.env);
  if (reference.digest === undefined)
    context.warn(
      `"${reference.written}" is a tag: what it points to now is signed; name the digest you built to be sure`,
    );
  const subject = await findSubject(registry, reference);
  const { digest } = subject.descriptor;
  const annotations = Object.fromEntries(args.annotations.map(splitPair));
  const bundle = makeBundle(key, { digest, annotations, ...said });
  const stored = await storeBundle(writer, subject, { bundle, ...said });
  context.streams.stdout.write(
    `${repositoryName(reference)}@${digest}\n` +
      `  signed by public key sha256:${key.publicKey.fingerprint}\n` +
      `  stored as ${repositoryName(reference)}@${stored.digest}\n`,
  );
  return EXIT.ok;
}

function splitPair(pair: string): readonly [string, string] {
  const equals = pair.indexOf('=');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
