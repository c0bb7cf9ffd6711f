import type { Fault } from '../base/fault.ts';
import type { JsonValue } from '../base/json-value.ts';
import type { Conditions } from '../condition/condition.ts';
import type { CelProgram } from '../condition/cel/cel-program.ts';
import type { Authority } from '../trust/authority.ts';
import type { ContextEntry } from './context-entry.ts';
import type { Certificate } from '../trust/certificate.ts';
import type { IdentityRequirement } from '../trust/identity-match.ts';
import type { TrustStatement } from '../notation/trust-policy.ts';
import type { PublicKey } from '../trust/public-key.ts';
import type { ImageExtractors } from '../workload/extract-images.ts';
import type { RegistryCredentials } from './registry-credentials.ts';
import type { Validation } from './validation.ts';

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
  /** What its author gives the webhook for an answer; undefined for the usual. Seconds. */
  readonly timeoutSeconds?: number | undefined;
  readonly applyRules: 'All' | 'One';
  /** Conditions on the request for the whole policy, as Kubernetes has them for webhooks: all must hold. */
  readonly matchConditions?: readonly MatchCondition[];
  /** Whether audit failures are also sent to the client as warnings. */
  readonly emitWarning: boolean;
  /** Whether its author lets people bypass it in an emergency. */
  readonly allowsBypass?: boolean;
  /** It is asked in the background only, for reports, and never at admission. */
  readonly isBackgroundOnly?: boolean;
  /** What reports say of it, and whether there are any for objects that nobody changes; decides nothing. */
  readonly reporting?: Reporting;
  /** Hash of everything above that decides; part of cache keys. */
  readonly hash: string;
}

/** How severe a finding is, in the words of policy reports. */
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

export interface Reporting {
  /** Whether objects that are there already are judged as well. */
  readonly background: boolean;
  /** Not so: what fails is reported as a warning (Kyverno 1.19). */
  readonly isScored: boolean;
  readonly category?: string | undefined;
  readonly severity?: Severity | undefined;
}

/** A condition in CEL; what cannot be evaluated is trouble, and `failurePolicy` says what becomes of it. */
export interface MatchCondition {
  readonly name: string;
  readonly program: CelProgram;
}

export type Mode = 'enforce' | 'audit';

/** What a failing rule does, with exceptions for namespaces; the first override that matches wins. */
export interface FailureAction {
  readonly mode: Mode;
  /** Kyverno: an entry's own action beats the namespace overrides. */
  readonly overrides: readonly ActionOverride[];
}

/** Both must hold; an empty list and no selector are for every namespace. */
export interface ActionOverride {
  readonly mode: Mode;
  readonly namespaces: readonly string[];
  readonly namespaceSelector?: LabelSelector | undefined;
}

export type Rule = VerifyImagesRule | ValidateRule | UnsupportedRule;

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
  /** Of a generated rule: what the rule that its author wrote selects. */
  readonly writtenMatch?: Filters;
  /** Values that the rule's expressions may use, in their order. */
  readonly context?: readonly ContextEntry[];
  /** What must hold for the rule to apply, beside its selection. */
  readonly preconditions?: Conditions;
  /** Where objects name images beside those of pods. */
  readonly extractors?: ImageExtractors;
  /** What its author wants said beside each result in reports. */
  readonly reportProperties?: Readonly<Record<string, string>>;
}

export interface VerifyImagesRule extends RuleBase {
  readonly kind: 'verify-images';
  /** With a template only what images they are for counts, until it is filled. */
  readonly entries: readonly VerifyImagesEntry[];
  /** Set where the entries hold variables. */
  readonly template?: EntryTemplate | undefined;
}

/** Entries as they are written, without their conditions. */
export interface EntryTemplate {
  /** Field path of the rule. */
  readonly path: string;
  readonly entries: JsonValue;
  /** Set for namespaced policies. */
  readonly policyNamespace: string | undefined;
}

/** A `validate` rule that looks at images. */
export interface ValidateRule extends RuleBase {
  readonly kind: 'validate';
  /** What the author says about a refusal; may hold variables. */
  readonly message: string | undefined;
  readonly validation: Validation;
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
  /** Labels of the namespace that the request is in. */
  readonly namespaceSelector?: LabelSelector | undefined;
  /** Who asks; undefined where the filter has no conditions on that. */
  readonly user?: UserFilter | undefined;
}

/** Conditions on who asks: all given fields must hold, each list is an OR, an empty list was not given. */
export interface UserFilter {
  readonly subjects: readonly SubjectPattern[];
  /** `namespace:name`, exact. */
  readonly roles: readonly string[];
  /** Exact. */
  readonly clusterRoles: readonly string[];
}

/** A user, a group or a service account, with wildcards. */
export interface SubjectPattern {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a service account; empty for the others. */
  readonly namespace: string;
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
  /** All must be there; each is judged by its own attestors. */
  readonly attestations?: readonly AttestationRequirement[];
  /** What must not be true of the attestations together. */
  readonly deny?: AttestationDenial | undefined;
  /** Whether any statement about the image counts as its signature, as cosign has it; no by default (MUST-NOT-HAPPEN 15). */
  readonly acceptsAnyStatement?: boolean;
  /** With what registries are read, instead of the webhook's own credentials. */
  readonly credentials?: RegistryCredentials | undefined;
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

/** Conditions on what several attestations of an image say; true is a refusal. */
export interface AttestationDenial {
  readonly path: string;
  readonly message: string | undefined;
  readonly conditions: Conditions;
}

/** An attestation that must exist. */
export interface AttestationRequirement {
  readonly path: string;
  /** Name under which conditions see the predicate. */
  readonly name: string | undefined;
  /** Predicate type, compared as it is written in the statement. */
  readonly predicateType: string;
  /** All sets must be satisfied by statements of this type. */
  readonly attestors: readonly AttestorSet[];
  /** What every statement must say. */
  readonly conditions?: Conditions | undefined;
}

export type Attestor =
  | KeyAttestor
  | KeyReferenceAttestor
  | KeylessAttestor
  | CertificateAttestor
  | NotationAttestor
  | NestedAttestor;

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
  /** Trust root that logs and timestamp authorities are taken from; undefined for the default one. */
  readonly trustRoot?: string | undefined;
  readonly timestamps?: TimestampRequirement;
}

/** A key that lives elsewhere: it is fetched, then it is a {@link KeyAttestor} (one for each key found there). */
export interface KeyReferenceAttestor extends Omit<KeyAttestor, 'kind' | 'key'> {
  readonly kind: 'key-reference';
  /** `k8s://namespace/name`, `awskms://…`, `gcpkms://…`, `azurekms://…`, `hashivault://…`. */
  readonly uri: string;
  readonly hash: PublicKey['hash'];
}

/** Signed as the Notary Project does, with a certificate that the statement trusts. */
export interface NotationAttestor {
  readonly kind: 'notation';
  readonly path: string;
  readonly statement: TrustStatement;
  /** Pairs that the signed payload's annotations must hold. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly repository: string | undefined;
}

/** What attestors have in common that judge by the certificate a signature carries. */
interface CertificateTrust {
  readonly path: string;
  readonly log: LogRequirement;
  readonly sct: SctRequirement;
  readonly timestamps: TimestampRequirement;
  /** Trust root for whatever the policy does not bring itself; undefined for the default one. */
  readonly trustRoot: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly repository: string | undefined;
}

/** Signed with a short-lived certificate for one of these identities. */
export interface KeylessAttestor extends CertificateTrust {
  readonly kind: 'keyless';
  /** One of them must match; none at all never matches (MUST-NOT-HAPPEN 11). */
  readonly identities: readonly IdentityRequirement[];
  /** Roots that replace the trust root's. */
  readonly authorities: readonly Authority[] | undefined;
}

/** Signed with a certificate of a private PKI: this one, or any below these roots. One of both is given. */
export interface CertificateAttestor extends CertificateTrust {
  readonly kind: 'certificate';
  readonly certificate: Certificate | undefined;
  readonly authorities: readonly Authority[] | undefined;
  /** Undefined where the policy asks for no identity: whoever holds a certificate below the roots. */
  readonly identities: readonly IdentityRequirement[] | undefined;
}

export type LogRequirement =
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'required';
      readonly url: string;
      /** Keys that replace the trust root's; empty for those of the trust root. */
      readonly publicKeys: readonly PublicKey[];
      /** Logs of different operators that must have the entry; 1 by default. */
      readonly count?: number;
      /**
       * Whether the log is asked for entries that signatures do not bring along, and who named it: with
       * `listed` it is asked only where the administrator allows it. Not asked by default.
       */
      readonly lookup?: 'any' | 'listed';
    };

/** Whether a certificate must be in a certificate transparency log. */
export type SctRequirement =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'required'; readonly publicKeys: readonly PublicKey[] };

export interface TimestampRequirement {
  /** Authorities that replace the trust root's. */
  readonly authorities: readonly Authority[] | undefined;
  /** Different authorities that must have stamped the signature; with 0 their time is used where there is one. */
  readonly required: number;
}
