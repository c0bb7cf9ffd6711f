import type { Fault } from '../base/fault.ts';
import type { JsonValue } from '../base/json-value.ts';
import type { PublicKey } from '../trust/public-key.ts';

/**
 * The engine's only vocabulary: every policy language is converted to this model, which knows nothing of
 * any dialect.
 */
export interface Policy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Set for namespaced policies; they act in this namespace only. */
  readonly namespace: string | undefined;
  readonly rules: readonly Rule[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly applyRules: 'All' | 'One';
  /** Whether audit failures are also sent to the client as warnings. */
  readonly emitWarning: boolean;
  /** Hash of everything above that decides; part of cache keys. */
  readonly hash: string;
}

export type Mode = 'enforce' | 'audit';

/** What a failing rule does, with exceptions for namespaces; the first override that matches wins. */
export interface FailureAction {
  readonly mode: Mode;
  /** Kyverno: an entry's own action beats the namespace overrides. */
  readonly overrides: readonly { readonly mode: Mode; readonly namespaces: readonly string[] }[];
}

export type Rule = VerifyImagesRule | ImagePatternRule | UnsupportedRule;

interface RuleBase {
  /** Name as reports and messages show it, `autogen-` prefix included. */
  readonly name: string;
  readonly selection: Selection;
  readonly action: FailureAction;
  /**
   * What of the object the rule judges: the object itself, or the pod that its template makes (rules
   * generated for workloads). Paths in messages are prefixed accordingly.
   */
  readonly view: 'object' | 'pod-template';
}

export interface VerifyImagesRule extends RuleBase {
  readonly kind: 'verify-images';
  readonly entries: readonly VerifyImagesEntry[];
}

/** `validate.pattern` that looks at images. */
export interface ImagePatternRule extends RuleBase {
  readonly kind: 'image-pattern';
  readonly message: string | undefined;
  readonly pattern: JsonValue;
}

/** A rule about images that this version cannot honour: it never passes where it applies. */
export interface UnsupportedRule extends RuleBase {
  readonly kind: 'unsupported';
  /** The images it is about; undefined where that is not known and every image must be taken for one. */
  readonly imageReferences: readonly string[] | undefined;
  readonly faults: readonly Fault[];
}

/** Which requests a rule is for: in the selection and not in its exclusion. */
export interface Selection {
  readonly match: Filters;
  readonly exclude: Filters | undefined;
}

export interface Filters {
  readonly combine: 'any' | 'all';
  readonly filters: readonly ResourceFilter[];
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What a request acts on, as the API server names it. */
export interface RequestedResource {
  readonly operation: Operation;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for the object itself; `ephemeralcontainers` for that subresource of a Pod. */
  readonly subresource: string;
  /** From the request, not from the object: Pods made by controllers carry none. Empty for cluster scope. */
  readonly namespace: string;
  readonly name: string;
}

/** All given fields must hold, each list is an OR; an empty list means the field was not given. */
export interface ResourceFilter {
  readonly kinds: readonly KindPattern[];
  readonly names: readonly string[];
  readonly namespaces: readonly string[];
  readonly operations: readonly Operation[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly selector: LabelSelector | undefined;
}

/** `group/version/kind/subresource`, each with wildcards; `*` where the author left it open. */
export interface KindPattern {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subresource: string;
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

/** How image references and signature formats of a dialect are read. */
export type SignatureFormats = 'any' | 'bundle';

export interface VerifyImagesEntry {
  /** Field path of the entry, for messages. */
  readonly path: string;
  readonly imageReferences: readonly string[];
  readonly skipImageReferences: readonly string[];
  /** All sets must be satisfied. */
  readonly attestors: readonly AttestorSet[];
  readonly formats: SignatureFormats;
  readonly mutateDigest: boolean;
  readonly verifyDigest: boolean;
  readonly required: boolean;
}

/** Which of the entries must be satisfied. */
export interface AttestorSet {
  readonly path: string;
  /** `all` of them, or so many of them, each by a signer of its own. */
  readonly count: number | 'all';
  readonly entries: readonly Attestor[];
}

export type Attestor = KeyAttestor | NestedAttestor;

export interface NestedAttestor {
  readonly kind: 'nested';
  readonly path: string;
  readonly set: AttestorSet;
}

export interface KeyAttestor {
  readonly kind: 'key';
  readonly path: string;
  readonly key: PublicKey;
  readonly log: LogRequirement;
  /** Pairs that one verified payload must hold, exact. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Where signatures are looked for instead of the image's own repository. */
  readonly repository: string | undefined;
}

export type LogRequirement =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'required'; readonly url: string; readonly publicKeys: readonly PublicKey[] };
