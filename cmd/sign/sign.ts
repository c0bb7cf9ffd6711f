import { repositoryName } from '#shared/image/format-reference.ts';
import type { JsonValue } from '#shared/base/json-value.ts';
import { COSIGN_SIGN_PREDICATE } from '#shared/signature/in-toto-statement.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { imageArgument } from '../image-argument.ts';
import { type RegistryArguments, openWriter } from '../open-registry.ts';
import { startWaiting } from '../print/waiting.ts';
import { checkBundle } from './check-bundle.ts';
import { guarded } from './guarded.ts';
import { makeBundle } from './make-bundle.ts';
import { openSigner } from './open-signer.ts';
import type { SigningArguments } from './signing-arguments.ts';
import { type SigningServices, serviceUrls, signingServices } from './signing-services.ts';
import { findSubject, storeBundle } from './store-bundle.ts';
import { tellSigned } from './tell-signed.ts';
import { witnessesOf } from './witnesses.ts';

export interface SignArguments extends RegistryArguments, SigningArguments {
  readonly _: readonly string[];
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

/** Signs a statement about one image and stores it beside the image; nothing is stored before all of it is there. */
export async function signStatement(
  args: SignArguments,
  said: Said,
  context: Context,
): Promise<ExitCode> {
  const reference = imageArgument(args._[0] ?? '');
  const services = await signingServices(args);
  const { signer, key } = await openSigner(args, services, context);
  const { registry, writer } = await openWriter(args, context.env);
  if (reference.digest === undefined)
    context.warn(
      `"${reference.written}" is a tag: what it points to now is signed; name the digest you built to be sure`,
    );
  const subject = await findSubject(registry, reference);
  const { digest } = subject.descriptor;
  const annotations = Object.fromEntries(args.annotations.map(splitPair));
  const signing = { signer, key, witnesses: witnessesOf(services) };
  const work = (): Promise<Buffer> => makeBundle(signing, { digest, annotations, ...said });
  const bundle = await withServices(services, context, work);
  const checked = checkBundle(bundle, digest, key);
  const stored = await storeBundle(writer, subject, { bundle, ...said });
  const repository = repositoryName(reference);
  context.streams.stdout.write(
    [
      `${repository}@${digest}`,
      ...tellSigned(checked, services),
      `stored as ${repository}@${stored.digest}`,
    ]
      .join('\n  ')
      .concat('\n'),
  );
  return EXIT.ok;
}

/** A log may take some ten seconds, and one that does not answer a minute: a terminal shows what is waited for. */
async function withServices(
  services: SigningServices,
  { streams }: Context,
  work: () => Promise<Buffer>,
): Promise<Buffer> {
  const waiting = startWaiting(streams.stderr);
  waiting.show('Waiting for the services that vouch for the signature …');
  try {
    return await guarded(serviceUrls(services), work);
  } finally {
    waiting.end();
  }
}

function splitPair(pair: string): readonly [string, string] {
  const equals = pair.indexOf('=');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
