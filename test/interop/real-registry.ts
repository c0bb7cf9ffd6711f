import { ensureTools } from '#test/tools/build-tools.ts';
import { startProgram } from '#test/cluster/program.ts';
import { waitFor } from '#test/cluster/wait-for.ts';

/** A registry that is not ours: go-containerregistry's, over plain HTTP on loopback. */
export interface RealRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  stop(): Promise<void>;
}

export interface RealRegistryOptions {
  /** For the log. */
  readonly directory: string;
  /** Whether it has the referrers API of OCI 1.1; without, clients keep the fallback tag. */
  readonly referrers: boolean;
}

export async function startRealRegistry(options: RealRegistryOptions): Promise<RealRegistry> {
  const { registry } = await ensureTools(['registry']);
  const name = options.referrers ? 'registry-with-referrers' : 'registry-without-referrers';
  const program = startProgram(name, [registry, `-referrers=${options.referrers}`], {
    directory: options.directory,
    env: {},
  });
  const firstLine = async (): Promise<string | undefined> =>
    /^(127\.0\.0\.1:\d+)\n/.exec(await program.log())?.[1];
  const host = await waitFor('the registry', firstLine, { giveUp: program.assertRunning });
  return { host, stop: async () => program.stop('SIGKILL') };
}
