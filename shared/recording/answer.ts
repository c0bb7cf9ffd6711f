import type { Digest } from '../base/digest.ts';
import type { Descriptor, Referrers } from '../registry/registry.ts';
import type { PublicKey } from '../trust/public-key.ts';

/** What a registry, or another place that was asked, said: all that a recording keeps of it. */
export type Answer =
  | { readonly kind: 'descriptor'; readonly descriptor: Descriptor }
  | {
      readonly kind: 'manifest';
      readonly mediaType: string;
      readonly digest: Digest;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'content'; readonly digest: Digest; readonly bytes: Buffer }
  | ({ readonly kind: 'referrers' } & Referrers)
  | { readonly kind: 'keys'; readonly keys: readonly RecordedKey[] }
  /** IP addresses of a host. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** There is no such thing, and asking was no error. */
  | { readonly kind: 'absent' }
  /** A definite no, as the error that it was. */
  | { readonly kind: 'refusal'; readonly code: string; readonly message: string };

/** One public key. */
export interface RecordedKey {
  /** SubjectPublicKeyInfo. */
  readonly pem: string;
  /** The hash that signers use with it, where that is known. */
  readonly hash: PublicKey['hash'];
}

export type AnswerOf<Kind extends Answer['kind']> = Extract<Answer, { readonly kind: Kind }>;

/** Everything that was answered while something was decided. */
export interface Recording {
  /** Milliseconds since the epoch: the time at which everything is judged again. */
  readonly recordedAt: number;
  readonly answers: ReadonlyMap<string, Answer>;
}
