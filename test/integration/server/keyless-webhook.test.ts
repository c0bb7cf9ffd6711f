import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import { pod } from '#test/support/admission/objects.ts';
import { reviewRequest } from '#test/support/admission/review-request.ts';
import { until } from '#test/support/kube/until.ts';
import { putImage } from '#test/support/registry/image.ts';
import { type TestRegistry, startRegistry } from '#test/support/registry/test-registry.ts';
import { subjectOf } from '#test/support/signer/signed-image.ts';
import { statementBundle } from '#test/support/sigstore/bundle.ts';
import { DEFAULT_ISSUER } from '#test/support/sigstore/fulcio.ts';
import { storeBundle } from '#test/support/sigstore/store-signature.ts';
import { createVirtualSigstore } from '#test/support/sigstore/virtual-sigstore.ts';
import { startWebhookProcess, type WebhookProcess } from '#test/support/webhook/webhook-process.ts';

const sigstore = createVirtualSigstore();
const next = createVirtualSigstore();

const POLICY = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: keyless }
spec:
  validationFailureAction: Enforce
  rules:
    - name: workflow
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - imageReferences: ["*"]
          attestors:
            - entries:
                - keyless:
                    subject: https://github.com/acme/app/*
                    issuer: ${DEFAULT_ISSUER}
`;

let directory: string;
let registry: TestRegistry;
let webhook: WebhookProcess;
let image: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sign-policy-keyless-'));
  registry = await startRegistry();
  const descriptor = putImage(registry, 'acme/app', { tag: '1.0' });
  const bundle = statementBundle(descriptor.digest, {
    signer: sigstore.keyless(),
    at: sigstore.time,
    logs: [sigstore.rekor.entry()],
  });
  storeBundle(registry, subjectOf(registry, 'acme/app', descriptor), { bundle });
  image = `${registry.host}/acme/app:1.0`;
  const [policies, certificates, trust] = ['policies', 'certificates', 'trust'].map((name) =>
    join(directory, name),
  );
  assert.ok(policies && certificates && trust);
  for (const folder of [policies, certificates, trust]) await mkdir(folder);
  await writeFile(join(policies, 'policy.yaml'), POLICY);
  await writeFile(join(trust, 'root.json'), JSON.stringify(sigstore.trustedRoot()));
  const flags = ['--trusted-root', join(trust, 'root.json')];
  webhook = await startWebhookProcess({ policies, certificates, flags });
});

after(async () => {
  await webhook.stop();
  await registry.close();
  await rm(directory, { recursive: true });
});

async function review(): Promise<JsonObject> {
  return webhook.review('/mutate', reviewRequest(pod([image])));
}

test('the webhook admits and pins a keyless image by the trust root of a file', async () => {
  const response = await review();
  assert.equal(member(response, 'allowed'), true, JSON.stringify(response));
  const patch = Buffer.from(stringAt(response, 'patch') ?? '', 'base64').toString();
  assert.match(patch, /acme\/app:1\.0@sha256:/);
});

test('MNH-19 a trust root that was replaced counts at once: what it does not vouch for is refused', async () => {
  const file = join(directory, 'trust', 'root.json');
  await writeFile(`${file}.new`, JSON.stringify(next.trustedRoot()));
  await rename(`${file}.new`, file);
  const refused = await until('the new trust root to count', async () => {
    const response = await review();
    return member(response, 'allowed') === false && response;
  });
  assert.match(stringAt(refused, 'status', 'message') ?? '', /certificate/);
});
