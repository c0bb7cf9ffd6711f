import type { SignatureFact } from '#shared/verification/verdict.ts';
import { type TreeNode, printable } from '../print/tree.ts';

const FORMATS: Readonly<Record<SignatureFact['format'], string>> = {
  'cosign-simple-signing': 'cosign signature',
  'cosign-attestation': 'cosign attestation',
  'sigstore-bundle': 'Sigstore bundle',
  'notation-jws': 'Notary Project signature (JWS)',
  'notation-cose': 'Notary Project signature (COSE)',
};

const PLACES: Readonly<Record<string, string>> = {
  'signature-tag': 'in the .sig tag',
  'attestation-tag': 'in the .att tag',
  'referrers-api': 'as a referrer',
  'fallback-tag': 'as a referrer in the fallback tag',
};

/** How something is stored, in words. */
export function storedAs(format: SignatureFact['format'], place: string): string {
  return `${FORMATS[format]} ${PLACES[place] ?? `in ${place}`}`;
}

/** A signature that verified, with everything that was checked of it. */
export function factNode(fact: SignatureFact): TreeNode {
  return { title: titleOf(fact), rows: factRows(fact) };
}

function titleOf({ identity, keyFingerprint, predicateType }: SignatureFact): string {
  const who =
    identity === undefined || identity.subjects.length === 0
      ? `public key sha256:${keyFingerprint}`
      : identity.subjects.map((name) => printable(name)).join(', ');
  const what = predicateType === undefined ? 'signed' : `attested ${printable(predicateType)}`;
  return `${what} by ${who}`;
}

/** Fulcio's extensions that tell most about a build; `-o json` has all of them. */
const TOLD_EXTENSIONS: readonly (readonly [string, string])[] = [
  ['sourceRepositoryURI', 'source'],
  ['sourceRepositoryRef', 'ref'],
  ['sourceRepositoryDigest', 'commit'],
  ['buildSignerURI', 'workflow'],
  ['buildTrigger', 'trigger'],
];

function factRows(fact: SignatureFact): TreeNode['rows'] {
  const { identity, claimedTime, annotations, manifest, warnings = [] } = fact;
  const pairs = Object.entries(annotations).map(([key, value]) => `${key}=${value}`);
  return [
    ...row('issuer', identity?.issuer),
    ...extensionRows(identity?.extensions ?? {}),
    ...timeRows(fact),
    ...row('claimed', claimedTime),
    ...row('says', pairs.length === 0 ? undefined : pairs.join(', ')),
    ...row(
      'signed',
      manifest === undefined ? undefined : `${manifest.platform} ${manifest.digest}`,
    ),
    ...warnings.flatMap((warning) => row('warning', warning)),
    ...row('stored', storedAs(fact.format, fact.place)),
  ];
}

/** What is not known has no row. */
function row(name: string, value: string | undefined): TreeNode['rows'] {
  return value === undefined ? [] : [[name, printable(value)]];
}

function timeRows({ logEntries = [], timestamps = [] }: SignatureFact): TreeNode['rows'] {
  const logged = logEntries.flatMap(({ url, logIndex, integratedAt }) => {
    const entry = logIndex === undefined ? '' : `, entry ${logIndex}`;
    const time = integratedAt === undefined ? '' : `${integratedAt} `;
    return row('logged', `${time}in ${url}${entry}`);
  });
  const stamped = timestamps.flatMap(({ authority, time }) =>
    row('stamped', `${time} by ${authority}`),
  );
  return [...logged, ...stamped];
}

function extensionRows(extensions: Readonly<Record<string, string>>): TreeNode['rows'] {
  return TOLD_EXTENSIONS.flatMap(([name, label]) => row(label, extensions[name]));
}
