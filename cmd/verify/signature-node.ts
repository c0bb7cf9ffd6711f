import type { SignatureFact } from '#shared/verification/verdict.ts';
import { type TreeNode, printable } from '../print/tree.ts';

const FORMATS: Readonly<Record<string, string>> = {
  'cosign-simple-signing': 'cosign signature',
  'cosign-attestation': 'cosign attestation',
  'sigstore-bundle': 'Sigstore bundle',
  notation: 'Notary Project signature',
};

const PLACES: Readonly<Record<string, string>> = {
  'signature-tag': 'in the .sig tag',
  'attestation-tag': 'in the .att tag',
  'referrers-api': 'as a referrer',
  'fallback-tag': 'as a referrer in the fallback tag',
};

/** How something is stored, in words. */
export function storedAs(format: string, place: string): string {
  return `${FORMATS[format] ?? format} ${PLACES[place] ?? `in ${place}`}`;
}

/** A signature that verified, with everything that was checked of it. */
export function factNode(fact: SignatureFact): TreeNode {
  return { title: titleOf(fact), rows: factRows(fact) };
}

function titleOf({ identity, keyFingerprint, predicateType }: SignatureFact): string {
  const who =
    identity === undefined || identity.subjects.length === 0
      ? `public key sha256:${keyFingerprint}`
      : identity.subjects.map(printable).join(', ');
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
  const { identity, logEntries = [], timestamps = [], annotations } = fact;
  const pairs = Object.entries(annotations).map(([key, value]) => printable(`${key}=${value}`));
  return [
    ...(identity?.issuer === undefined ? [] : [['issuer', printable(identity.issuer)] as const]),
    ...extensionRows(identity?.extensions ?? {}),
    ...logEntries.map(({ url, logIndex, integratedAt }) => {
      const entry = logIndex === undefined ? '' : `, entry ${logIndex}`;
      const time = integratedAt === undefined ? '' : `${integratedAt} `;
      return ['logged', `${time}in ${printable(url)}${entry}`] as const;
    }),
    ...timestamps.map(
      ({ authority, time }) => ['stamped', `${time} by ${printable(authority)}`] as const,
    ),
    ...(pairs.length === 0 ? [] : [['says', pairs.join(', ')] as const]),
    ['stored', storedAs(fact.format, fact.place)],
  ];
}

function extensionRows(extensions: Readonly<Record<string, string>>): TreeNode['rows'] {
  return TOLD_EXTENSIONS.flatMap(([name, label]) => {
    const value = extensions[name];
    return value === undefined ? [] : [[label, printable(value)] as const];
  });
}
