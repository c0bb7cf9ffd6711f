import type { Fault } from '../base/fault.ts';

/** A kind of fault with a name of its own, so that people can look it up and tools can tell it apart. */
export interface FaultRule {
  /** `SP1xx` Kyverno refuses it, `SP2xx` dangerous, `SP3xx` decided differently here, `SP4xx` breaks with updates. */
  readonly id: string;
  readonly severity: Fault['severity'];
  /** What is wrong, in one line. */
  readonly title: string;
}

export type RefusalName =
  | 'auditPins'
  | 'wildcardKind'
  | 'noAdmission'
  | 'countAboveEntries'
  | 'keylessWithoutLog'
  | 'userInBackground'
  | 'oldAndNewField'
  | 'namespacedScope'
  | 'extractorsElsewhere'
  | 'clusterPolicyNamespace'
  | 'conflictingActions'
  | 'subresourceInBackground'
  | 'undeclaredVariable'
  | 'kindlessFilter'
  | 'emptySelection'
  | 'idleSelector'
  | 'clusterKind'
  | 'autogenAll'
  | 'longName'
  | 'celContext'
  | 'celPreconditions'
  | 'noCheck'
  | 'untextedLabel'
  | 'undeclaredCel'
  | 'fieldsOfV1';

/** What Kyverno 1.19 says no to when a policy is created; a policy that is in a cluster already still runs. */
export const REFUSAL_RULES: Readonly<Record<RefusalName, FaultRule>> = {
  auditPins: refusal(
    101,
    'the action Audit together with "mutateDigest: true", which is its default',
  ),
  wildcardKind: refusal(
    102,
    'the kind "*" with "verifyImages" or "foreach", or in a policy that runs in the background',
  ),
  noAdmission: refusal(
    103,
    '"admission: false" with a rule that verifies images, changes or makes objects, or with "background: false"',
  ),
  countAboveEntries: refusal(
    104,
    'a count of attestors below 1, or above the number of written entries',
  ),
  keylessWithoutLog: refusal(
    105,
    '"keyless" without "rekor.url" and without "roots", or with a "rekor" that names no url',
  ),
  userInBackground: refusal(
    106,
    'conditions on users, or variables that hold them, in a policy that runs in the background',
  ),
  oldAndNewField: refusal(107, 'a deprecated field of the spec beside the one that replaced it'),
  namespacedScope: refusal(108, 'namespaces, or actions by namespace, in a namespaced policy'),
  extractorsElsewhere: refusal(109, '"imageExtractors" in a rule that does not verify images'),
  clusterPolicyNamespace: refusal(110, 'a namespace in a policy for the whole cluster'),
  conflictingActions: refusal(111, 'one namespace with two actions'),
  subresourceInBackground: refusal(
    112,
    'a subresource in a validate rule of a policy that runs in the background',
  ),
  undeclaredVariable: refusal(113, 'a variable whose name neither Kyverno nor "context" gives'),
  kindlessFilter: refusal(114, 'a filter of "match" that names no kinds'),
  emptySelection: refusal(115, '"exclude" takes out what "match" selects'),
  idleSelector: refusal(116, 'a selector without labels, or with what no label can be'),
  clusterKind: refusal(117, 'a kind of the whole cluster in a namespaced policy'),
  autogenAll: refusal(118, 'the annotation for generated rules with the value "all"'),
  longName: refusal(119, 'a name of more than 63 characters'),
  celContext: refusal(120, '"context" in a rule with "cel"'),
  celPreconditions: refusal(121, '"celPreconditions" in a rule without "cel"'),
  noCheck: refusal(122, 'a rule that validates, a loop or an expression that checks nothing'),
  untextedLabel: refusal(123, 'a pattern with labels or annotations that are no text'),
  undeclaredCel: refusal(124, 'a match condition with a variable that there is not'),
  fieldsOfV1: refusal(125, 'a field that policies of kyverno.io/v2beta1 do not have'),
};

type ReaderRuleName =
  | 'missesDigests'
  | 'looseRegexp'
  | 'openIdentity'
  | 'attestationByAnybody'
  | 'requiredWithoutAttestors'
  | 'nothingVerified'
  | 'idleDeny'
  | 'blindKind'
  | 'noIdentity'
  | 'repeatedName'
  | 'manyKinds'
  | 'idlePattern'
  | 'foreignName'
  | 'laterKeys'
  | 'repeatedKey'
  | 'deprecated';

/** What readers tell by name. */
export const READER_RULES: Readonly<Record<ReaderRuleName, FaultRule>> = {
  missesDigests: warning(
    201,
    'a pattern with a tag at its end does not match pinned images, which then go unchecked',
  ),
  looseRegexp: warning(202, 'a regular expression accepts more than it seems to'),
  openIdentity: warning(
    203,
    'a signer is not fully named: the subject or the issuer is missing, or matches everything',
  ),
  attestationByAnybody: {
    ...warning(
      204,
      'an attestation without attestors: in Kyverno whoever has any Sigstore certificate may have made it',
    ),
    severity: 'unsupported',
  },
  requiredWithoutAttestors: warning(
    205,
    '"required" without attestors: nothing can verify the image, so every one is refused',
  ),
  nothingVerified: warning(
    206,
    'an entry without attestors: no signature is verified, only digests are looked at',
  ),
  idleDeny: warning(207, '"validate" in a rule without attestations has no effect'),
  blindKind: warning(208, 'the rule names a kind whose images nobody knows the place of'),
  noIdentity: {
    ...warning(209, '"keyless" without an identity: anybody can get a certificate'),
    severity: 'error',
  },
  repeatedName: warning(
    221,
    'two attestations of an entry with one name: "validate" is asked about each, and about both mixed',
  ),
  manyKinds: warning(
    222,
    'a namespaced policy names more kinds than API servers are told of for a namespace',
  ),
  idlePattern: warning(
    223,
    'a pattern that matches no image, or not those of Docker Hub that it seems to name',
  ),
  foreignName: warning(
    228,
    '"validate" names an attestation that another entry lacks, whose images are then refused',
  ),
  laterKeys: warning(
    229,
    'several keys in one text of an attestation: only the first of them counts, as in Kyverno',
  ),
  repeatedKey: warning(
    301,
    'a key that is listed twice counts as one signer; in Kyverno one signature then satisfies a count of 2',
  ),
  deprecated: warning(
    402,
    'a deprecated field or spelling, which newer versions of Kyverno take away',
  ),
};

function warning(number: number, title: string): FaultRule {
  return { id: `SP${number}`, severity: 'warning', title };
}

function refusal(number: number, title: string): FaultRule {
  return { id: `SP${number}`, severity: 'error', title };
}
