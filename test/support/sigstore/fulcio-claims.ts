import type { Extension } from './certificate.ts';
import { utf8String } from './der.ts';

const ARC = '1.3.6.1.4.1.57264.1';

/** Fulcio's extensions below 1.3.6.1.4.1.57264.1 (fulcio oid-info.md), issuers and user name aside. */
const CLAIM_NUMBER = {
  githubWorkflowTrigger: 2,
  githubWorkflowSha: 3,
  githubWorkflowName: 4,
  githubWorkflowRepository: 5,
  githubWorkflowRef: 6,
  buildSignerUri: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryUri: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryIdentifier: 15,
  sourceRepositoryOwnerUri: 16,
  sourceRepositoryOwnerIdentifier: 17,
  buildConfigUri: 18,
  buildConfigDigest: 19,
  buildTrigger: 20,
  runInvocationUri: 21,
  sourceRepositoryVisibility: 22,
  deploymentEnvironment: 23,
  tokenSubject: 24,
} as const;

export type FulcioClaim = keyof typeof CLAIM_NUMBER;
export type FulcioClaims = Readonly<Partial<Record<FulcioClaim, string>>>;

/** The old extensions hold bare text, those from .8 on a DER UTF8String. */
const FIRST_DER = 8;

/** Which of the issuer's two extensions a certificate has. */
export type IssuerForm = 'v1' | 'v2';

const ISSUER_NUMBER: Readonly<Record<IssuerForm, number>> = { v1: 1, v2: 8 };

export function issuerExtension(issuer: string, form: IssuerForm): Extension {
  return fulcioExtension(ISSUER_NUMBER[form], issuer);
}

export function claimExtensions(claims: FulcioClaims): readonly Extension[] {
  const entries = Object.entries(claims) as [FulcioClaim, string][];
  return entries.map(([name, value]) => fulcioExtension(CLAIM_NUMBER[name], value));
}

function fulcioExtension(number: number, text: string): Extension {
  const value = number < FIRST_DER ? Buffer.from(text) : utf8String(text);
  return { oid: `${ARC}.${number}`, value };
}

const REPOSITORY = 'https://github.com/acme/app';

/** Every claim that a GitHub Actions run gets, each with a value of its own. */
export const GITHUB_CLAIMS: Readonly<Record<FulcioClaim, string>> = {
  githubWorkflowTrigger: 'push',
  githubWorkflowSha: '1111111111111111111111111111111111111111',
  githubWorkflowName: 'release',
  githubWorkflowRepository: 'acme/app',
  githubWorkflowRef: 'refs/tags/v1.2.3',
  buildSignerUri: `${REPOSITORY}/.github/workflows/release.yml@refs/tags/v1.2.3`,
  buildSignerDigest: '2222222222222222222222222222222222222222',
  runnerEnvironment: 'github-hosted',
  sourceRepositoryUri: REPOSITORY,
  sourceRepositoryDigest: '3333333333333333333333333333333333333333',
  sourceRepositoryRef: 'refs/tags/v1.2.3',
  sourceRepositoryIdentifier: '1001',
  sourceRepositoryOwnerUri: 'https://github.com/acme',
  sourceRepositoryOwnerIdentifier: '2002',
  buildConfigUri: `${REPOSITORY}/.github/workflows/build.yml@refs/tags/v1.2.3`,
  buildConfigDigest: '4444444444444444444444444444444444444444',
  buildTrigger: 'workflow_dispatch',
  runInvocationUri: `${REPOSITORY}/actions/runs/3003/attempts/1`,
  sourceRepositoryVisibility: 'public',
  deploymentEnvironment: 'production',
  tokenSubject: 'repo:acme/app:ref:refs/tags/v1.2.3',
};
