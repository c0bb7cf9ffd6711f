import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf } from '#shared/base/coded-error.ts';
import { formatFault } from '#shared/base/fault.ts';
import { type Digest, sha256Digest, tryParseDigest } from '#shared/base/digest.ts';
import type { Attestor } from '#shared/policy/model.ts';
import { readBundle } from '#shared/signature/sigstore-bundle.ts';
import { readStatement } from '#shared/signature/in-toto-statement.ts';
import type { SignedEntity } from '#shared/signature/signed-entity.ts';
import { embeddedTrustedRoot } from '#shared/trust/embedded-root.ts';
import { parsePublicKeys } from '#shared/trust/public-key.ts';
import { textMatcher } from '#shared/trust/text-matcher.ts';
import { readTrustedRoot } from '#shared/trust/trusted-root.ts';
import { evaluateAttestors } from '#shared/verification/evaluate-attestors.ts';
import type { EvidencePurpose } from '#shared/verification/evidence.ts';
import { EvidenceCache } from '#shared/verification/evidence-cache.ts';
import { loadDigestVerification } from '#shared/verification/verify-digest.ts';

// What is verified may be given by its digest only.
await loadDigestVerification();

/**
 * The client protocol of sigstore-conformance (docs/cli_protocol.md there), for `verify-bundle`: exit 0
 * verified, 1 not. Needs no network: without `--trusted-root` the embedded copy of the public root is used.
 */
const OPTIONS = {
  bundle: { type: 'string' },
  'certificate-identity': { type: 'string' },
  'certificate-oidc-issuer': { type: 'string' },
  key: { type: 'string' },
  'trusted-root': { type: 'string' },
  staging: { type: 'boolean' },
} as const;

interface Request {
  readonly bundle: string;
  readonly artifact: string;
  readonly identity: string | undefined;
  readonly issuer: string | undefined;
  readonly key: string | undefined;
  readonly trustedRoot: string | undefined;
}

function readRequest(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  const [command, artifact] = positionals;
  if (command !== 'verify-bundle' || artifact === undefined || values.bundle === undefined)
    throw new TypeError('usage: client.ts verify-bundle --bundle FILE [options] FILE_OR_DIGEST');
  if (values.staging === true && values['trusted-root'] === undefined)
    throw new TypeError('--staging needs --trusted-root: only the public good root is embedded');
  return {
    bundle: values.bundle,
    artifact,
    identity: values['certificate-identity'],
    issuer: values['certificate-oidc-issuer'],
    key: values.key,
    trustedRoot: values['trusted-root'],
  };
}

/** Verifies one bundle. @returns why it does not verify, or undefined. */
async function verify(request: Request): Promise<string | undefined> {
  const read = readBundle(readFileSync(request.bundle), {
    place: 'file',
    repository: request.bundle,
    manifestDigest: sha256Digest(''),
    layer: 0,
  });
  if (typeof read === 'string') return read;
  const { artifact, digest } = readArtifact(request.artifact, read);
  const entity: SignedEntity = read.kind === 'digest' ? { ...read, artifact } : read;
  const { material, faults } =
    request.trustedRoot === undefined
      ? await embeddedTrustedRoot(Date.now())
      : readTrustedRoot(readFileSync(request.trustedRoot, 'utf8'));
  for (const fault of faults) console.error(`warning: ${formatFault(fault)}`);
  const outcome = evaluateAttestors(
    { path: 'conformance', count: 1, entries: [attestor(request)] },
    {
      digest,
      formats: 'any',
      purpose: purposeOf(entity),
      signaturesIn: () => ({ entities: [entity], oddities: [], problems: [] }),
      cache: new EvidenceCache(),
      trustRoot: () => material,
      now: Date.now(),
    },
  );
  if (outcome.kind === 'satisfied') return undefined;
  return outcome.failures.map(({ code = '', message }) => `${code} ${message}`).join('; ');
}

interface Artifact {
  readonly artifact: Buffer | undefined;
  readonly digest: Digest;
}

/** Of a file the digest that the statement's subjects are named by; npm's provenance has SHA-512 only. */
function readArtifact(written: string, entity: SignedEntity): Artifact {
  const digest = tryParseDigest(written);
  if (digest !== undefined) return { artifact: undefined, digest };
  const artifact = readFileSync(written);
  const sha512 = tryParseDigest(`sha512:${createHash('sha512').update(artifact).digest('hex')}`);
  const statement = entity.kind === 'dsse' ? readStatement(entity.payload) : '';
  const names = typeof statement === 'string' ? [] : statement.subjects;
  return sha512 !== undefined && names.some(({ digests }) => digests.includes(sha512))
    ? { artifact, digest: sha512 }
    : { artifact, digest: sha256Digest(artifact) };
}

/** The suite verifies statements of any type. */
function purposeOf(entity: SignedEntity): EvidencePurpose {
  const statement = entity.kind === 'dsse' ? readStatement(entity.payload) : 'none';
  return typeof statement === 'string'
    ? { kind: 'signature', acceptsAnyStatement: true }
    : { kind: 'attestation', predicateType: statement.predicateType };
}

function attestor({ key, identity, issuer }: Request): Attestor {
  const log = { kind: 'required', url: 'conformance', publicKeys: [] } as const;
  const shared = { path: 'conformance', log, annotations: {}, repository: undefined };
  const timestamps = { authorities: undefined, required: 0 };
  if (key !== undefined) {
    const [parsed] = parsePublicKeys(readFileSync(key, 'utf8'));
    if (parsed === undefined) throw new TypeError('no key');
    return { kind: 'key', ...shared, key: parsed, timestamps };
  }
  const requirement = {
    subjects: [textMatcher('exact', identity ?? '')],
    issuers: [textMatcher('exact', issuer ?? '')],
    extensions: {},
  };
  return {
    kind: 'keyless',
    ...shared,
    identities: [requirement],
    authorities: undefined,
    sct: { kind: 'required', publicKeys: [] },
    timestamps,
    trustRoot: undefined,
  };
}

try {
  const why = await verify(readRequest(process.argv.slice(2)));
  if (why !== undefined) {
    console.error(`not verified: ${why}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
