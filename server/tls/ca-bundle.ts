import { isJsonObject, type JsonObject, member, stringAt } from '#shared/base/json-value.ts';
import type { Kube, KubeObject, ResourceType } from '#shared/kube/kube.ts';
import { CERTIFICATE_FIELD_MANAGER } from './secret-store.ts';

/** The two kinds of configuration that tell API servers whom to trust. */
const CONFIGURATIONS: readonly (ResourceType & { readonly kind: string })[] = (
  ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const
).map((kind) => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: `${kind.toLowerCase()}s`,
  kind,
}));

/**
 * Writes the CA certificates into the webhook configurations called `name`, where they exist and hold
 * something else. Owns nothing of them but the `caBundle` fields.
 */
export async function publishAuthorities(
  kube: Kube,
  name: string,
  authorities: string,
): Promise<void> {
  const caBundle = Buffer.from(authorities).toString('base64');
  for (const { kind, ...type } of CONFIGURATIONS) {
    const found = await kube.get({ ...type, name });
    if (found === undefined) continue;
    const webhooks = webhooksOf(found);
    if (webhooks.every((webhook) => stringAt(webhook, 'clientConfig', 'caBundle') === caBundle))
      continue;
    const wanted: KubeObject = {
      apiVersion: `${type.group}/${type.version}`,
      kind,
      metadata: { name },
      webhooks: webhooks.map((webhook) => ({
        name: stringAt(webhook, 'name') ?? '',
        clientConfig: { caBundle },
      })),
    };
    await kube.apply(type, wanted, { fieldManager: CERTIFICATE_FIELD_MANAGER, force: true });
  }
}

function webhooksOf(configuration: KubeObject): readonly JsonObject[] {
  const webhooks = member(configuration, 'webhooks');
  return Array.isArray(webhooks) ? webhooks.filter((webhook) => isJsonObject(webhook)) : [];
}
