import type { Digest } from '../base/digest.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { Repository } from '../image/reference.ts';
import { parseManifest } from '../registry/parse-manifest.ts';
import { RegistryError, type RegistryErrorCode } from '../registry/registry-error.ts';
import type {
  CallOptions,
  Descriptor,
  Manifest,
  Referrers,
  Registry,
} from '../registry/registry.ts';
import type { Answer, AnswerOf } from './answer.ts';
import { type TapedErrors, askTape } from './ask-tape.ts';
import type { Tape } from './tape.ts';

const ERRORS: TapedErrors<RegistryErrorCode> = {
  definite: ['NOT_FOUND', 'UNAUTHORIZED', 'DENIED', 'MALFORMED', 'TOO_LARGE', 'DIGEST_MISMATCH'],
  notRecorded: 'NOT_RECORDED',
  isOurs: (error) => error instanceof RegistryError,
  make: (code, message, options) => new RegistryError(code, message, options),
};

/** A {@link Registry} whose answers go over a tape; `open` is called where a question has to be asked. */
export class TapedRegistry implements Registry {
  readonly scope: string = 'recording';
  readonly #tape: Tape;
  readonly #open: () => Promise<Registry>;

  constructor(tape: Tape, open: () => Promise<Registry>) {
    this.#tape = tape;
    this.#open = open;
  }

  async resolveTag(
    repository: Repository,
    tag: string,
    options?: CallOptions,
  ): Promise<Descriptor> {
    const { descriptor } = await this.#ask(
      `tag ${repositoryName(repository)}:${tag}`,
      ['descriptor'],
      async (registry) => ({
        kind: 'descriptor',
        descriptor: await registry.resolveTag(repository, tag, options),
      }),
    );
    return descriptor;
  }

  async manifest(repository: Repository, digest: Digest, options?: CallOptions): Promise<Manifest> {
    const question = `manifest ${repositoryName(repository)}@${digest}`;
    const answer = await this.#ask(question, ['manifest'], async (registry) =>
      manifestAnswer(await registry.manifest(repository, digest, options)),
    );
    return readManifest(answer, question);
  }

  async manifestByTag(
    repository: Repository,
    tag: string,
    options?: CallOptions,
  ): Promise<Manifest | undefined> {
    const question = `manifest ${repositoryName(repository)}:${tag}`;
    const answer = await this.#ask(question, ['manifest', 'absent'], async (registry) => {
      const manifest = await registry.manifestByTag(repository, tag, options);
      return manifest === undefined ? { kind: 'absent' } : manifestAnswer(manifest);
    });
    return answer.kind === 'absent' ? undefined : readManifest(answer, question);
  }

  async blob(
    repository: Repository,
    descriptor: Descriptor,
    options: CallOptions & { readonly maxBytes: number },
  ): Promise<Buffer> {
    const { digest, size } = descriptor;
    // Size and limit belong to the question: they decide whether the same bytes are an answer.
    const question = `blob ${repositoryName(repository)}@${digest} of ${size} bytes, limit ${options.maxBytes}`;
    const { bytes } = await this.#ask(question, ['content'], async (registry) => ({
      kind: 'content',
      digest,
      bytes: await registry.blob(repository, descriptor, options),
    }));
    return bytes;
  }

  async referrers(
    repository: Repository,
    digest: Digest,
    options?: CallOptions,
  ): Promise<Referrers> {
    const question = `referrers of ${repositoryName(repository)}@${digest}`;
    const { descriptors, source } = await this.#ask(question, ['referrers'], async (registry) => ({
      kind: 'referrers',
      ...(await registry.referrers(repository, digest, options)),
    }));
    return { descriptors, source };
  }

  #ask<Kind extends Answer['kind']>(
    question: string,
    kinds: readonly Kind[],
    ask: (registry: Registry) => Promise<Answer>,
  ): Promise<AnswerOf<Kind>> {
    return askTape(this.#tape, ERRORS, {
      question,
      kinds,
      ask: async () => ask(await this.#open()),
    });
  }
}

function manifestAnswer({ mediaType, digest, bytes }: Manifest): AnswerOf<'manifest'> {
  if (bytes !== undefined) return { kind: 'manifest', mediaType, digest, bytes };
  throw new RegistryError(
    'UNREACHABLE',
    `Cannot record manifest "${digest}": its bytes were not kept`,
  );
}

function readManifest(answer: AnswerOf<'manifest'>, question: string): Manifest {
  const { bytes, mediaType, digest } = answer;
  return parseManifest(bytes, { contentType: mediaType, digest, action: `read ${question}` });
}
