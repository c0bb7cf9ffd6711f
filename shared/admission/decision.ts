import type { Operation as PatchOperation } from 'fast-json-patch';
import type { Digest } from '../base/digest.ts';
import type { Mode } from '../policy/model.ts';
import type { Verdict } from '../verification/verdict.ts';

/** One line of the record: what one rule said of one image (or of the object as a whole). */
export interface ImageRecord {
  /** `namespace/name` for namespaced policies. */
  readonly policy: string;
  readonly rule: string;
  readonly mode: Mode;
  /** The image as written; undefined where the rule judged the object as a whole. */
  readonly image: string | undefined;
  readonly pointer: string | undefined;
  readonly container: string | undefined;
  readonly verdict: Verdict;
  /** Why the rule was not asked although it applies; the verdict is a skip then. */
  readonly waivedBy?: 'exception' | 'bypass';
  /** What the rule's author wants said in reports, where it depends on the request. */
  readonly reportProperties?: Readonly<Record<string, string>>;
  /** Signatures of the Notary Project are wanted: other tools make them. */
  readonly isNotary?: boolean | undefined;
}

/** An image of the object with what became of it. */
export interface PinnedImage {
  readonly pointer: string;
  readonly container: string;
  readonly written: string;
  readonly digest: Digest | undefined;
  /** The value the patch writes; undefined where the image is left as it is. */
  readonly pinned: string | undefined;
}

/** What admission makes of one object. */
export interface Decision {
  readonly allowed: boolean;
  /**
   * `denied`: a definite no (403). `unknown`: something could not be found out (503 or 429, clients
   * retry). `admitted` otherwise.
   */
  readonly outcome: 'admitted' | 'denied' | 'unknown';
  readonly retryAfterSeconds: number | undefined;
  /** For people; empty when there is nothing to say. Lines are separated by `\n`. */
  readonly message: string;
  /** Without control characters (the API server drops such warnings silently). */
  readonly warnings: readonly string[];
  /** Pins; nothing else of the object changes. */
  readonly patch: readonly PatchOperation[];
  /** What is written for readers beside the pins: Kyverno's annotations. */
  readonly annotations: readonly PatchOperation[];
  readonly images: readonly PinnedImage[];
  readonly records: readonly ImageRecord[];
}
