import { waitFor } from './wait-for.ts';
import type { World } from './world.ts';

/** The images of the first containers of all Pods, once there are `count` of them. */
export async function waitForPodImages(
  world: World,
  where: { readonly namespace: string; readonly app: string },
  count: number,
): Promise<readonly string[]> {
  const path = '-o=jsonpath={range .items[*]}{.spec.containers[0].image}{"\\n"}{end}';
  return waitFor(`${count} Pods of ${where.app}`, async () => {
    const text = await world.kubectl([
      'get',
      'pods',
      `--namespace=${where.namespace}`,
      `--selector=app=${where.app}`,
      path,
    ]);
    const images = text.split('\n').filter((line) => line !== '');
    return images.length === count ? images : undefined;
  });
}

/** What the kubelet would do: nobody else sets the status here. */
export async function markRunning(world: World, namespace: string, pod: string): Promise<void> {
  const status = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  await world.kubectl([
    'patch',
    'pod',
    pod,
    `--namespace=${namespace}`,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  ]);
}
