import type { JsonObject } from '#shared/base/json-value.ts';
import type { KubeObject } from '#shared/kube/kube.ts';
import type { InstallArguments } from './arguments.ts';
import { MANIFESTS, type Stage, manifestObject } from './manifests.ts';
import { withManagedLabel } from './managed-label.ts';
import {
  mountTrustedRoot,
  pullSecretsBinding,
  renderDeployment,
  renderWebhooks,
} from './render.ts';
import { trustedRootConfigMap } from './trusted-root.ts';
import { update } from './update.ts';
import type { InstallSettings } from './settings.ts';

/** One object to apply. */
export interface PlannedObject {
  readonly stage: Stage;
  readonly object: KubeObject;
  readonly onlyIfMissing: boolean;
}

/** Order of the stages; within a stage, objects keep theirs. */
const STAGES: readonly Stage[] = ['definitions', 'policies', 'server', 'webhooks'];

/** Everything that is to be applied, in order; pure, so that it can be shown as well as done. */
export function planInstall(
  args: InstallArguments,
  settings: InstallSettings,
): readonly PlannedObject[] {
  const { address } = settings;
  const authorities = address.kind === 'url' ? address.authorities : undefined;
  const manifests = MANIFESTS.filter(
    ({ stage, flag }) =>
      (stage !== 'server' || address.kind === 'service') && (flag === undefined || args[flag]),
  );
  const planned = [
    ...manifests.map((manifest): PlannedObject => {
      const { stage, onlyIfMissing } = manifest;
      const object = manifestObject(manifest);
      if (stage === 'webhooks') {
        return { stage, onlyIfMissing, object: renderWebhooks(object, address, authorities) };
      }
      return {
        stage,
        onlyIfMissing,
        object: object.kind === 'Deployment' ? render(object, args, settings) : object,
      };
    }),
    ...(address.kind === 'service' ? args['pull-secrets-of'] : []).map(
      (namespace): PlannedObject => ({
        stage: 'server',
        object: pullSecretsBinding(namespace),
        onlyIfMissing: false,
      }),
    ),
    ...(settings.trustedRoot === undefined ? [] : [plannedRoot(settings.trustedRoot)]),
    ...settings.policies.map(({ document }) => plannedPolicy(document)),
  ];
  return STAGES.flatMap((stage) => planned.filter((object) => object.stage === stage));
}

function plannedRoot(text: string): PlannedObject {
  return { stage: 'server', object: trustedRootConfigMap(text), onlyIfMissing: false };
}

function render(
  deployment: KubeObject,
  args: InstallArguments,
  { trustedRoot }: InstallSettings,
): KubeObject {
  const pin = args.pin === 'pods' ? [] : [`--pin=${args.pin}`];
  const insecure = args['insecure-registry'].map((host) => `--insecure-registry=${host}`);
  const excepting = args['exception-namespace'].map((name) => `--exception-namespace=${name}`);
  const options = { image: args.image, flags: [...pin, ...insecure, ...excepting] };
  const rendered = renderDeployment(deployment, options);
  return trustedRoot === undefined ? rendered : mountTrustedRoot(rendered);
}

/** Without what an API server added, so that an object that was saved from a cluster can be given too. */
function plannedPolicy(document: JsonObject): PlannedObject {
  const { status: _status, ...written } = document;
  const metadata = Object.fromEntries(
    ['name', 'namespace', 'labels', 'annotations'].flatMap((field) => {
      const value = (written['metadata'] as JsonObject)[field];
      return value === undefined ? [] : [[field, value]];
    }),
  );
  const object = update(written as KubeObject, ['metadata'], () => metadata);
  return { stage: 'policies', object: withManagedLabel(object), onlyIfMissing: false };
}
