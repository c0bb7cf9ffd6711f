import { RekorWitness, type Witness } from '@sigstore/sign';
import { SERVICE_OPTIONS } from './service-options.ts';
import { failureOf, SigningError } from './signing-error.ts';
import type { LogService, SigningServices } from './signing-services.ts';
import { tiledLogWitness } from './tiled-log-witness.ts';
import { timestampWitness } from './timestamp-witness.ts';

/** Who is told of a signature as soon as it is made; each answers, or nothing is stored. */
export function witnessesOf(
  services: Pick<SigningServices, 'logs' | 'timestampAuthorities'>,
): Witness[] {
  const logs = services.logs.map((log) =>
    witnessed(logWitness(log), {
      code: 'LOG',
      failed: `Cannot write to the transparency log ${log.url}`,
    }),
  );
  const authorities = services.timestampAuthorities.map((url) =>
    witnessed(timestampWitness(url), {
      code: 'TIMESTAMP',
      failed: `Cannot get a timestamp from ${url}`,
    }),
  );
  return [...logs, ...authorities];
}

function logWitness({ url, version }: LogService): Witness {
  return version === 2
    ? tiledLogWitness(url)
    : new RekorWitness({ rekorBaseURL: url, majorApiVersion: version, ...SERVICE_OPTIONS });
}

interface Failure {
  readonly code: 'LOG' | 'TIMESTAMP';
  readonly failed: string;
}

/** Whatever goes wrong with a service's answer is that service's failure. */
function witnessed(witness: Witness, { code, failed }: Failure): Witness {
  return {
    testify: async (content, signer) => {
      try {
        return await witness.testify(content, signer);
      } catch (error) {
        throw new SigningError(code, `${failed}: ${failureOf(error)}`);
      }
    },
  };
}
