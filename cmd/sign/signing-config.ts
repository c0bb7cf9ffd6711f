import {
  type Service,
  type ServiceConfiguration,
  ServiceSelector,
  SigningConfig,
} from '@sigstore/protobuf-specs';
import { CodedError, messageOf } from '#shared/base/coded-error.ts';
import { parseStrictJson } from '#shared/base/strict-json.ts';

/** A service and the major version of the API that it speaks. */
export interface SelectedService {
  readonly url: string;
  readonly version: number;
}

/** The services that a signing config makes a client use at one time. */
export interface SelectedServices {
  /** Undefined where it names none that can be used. */
  readonly authority: SelectedService | undefined;
  readonly logs: readonly SelectedService[];
  readonly timestampAuthorities: readonly SelectedService[];
}

/** A signing config that cannot be used; the file is named by who read it. */
class SigningConfigError extends CodedError<'MALFORMED' | 'MEDIA_TYPE' | 'SELECTION'> {}

const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';

/** Highest major version of each API that is spoken here; all below it are, too. */
const VERSIONS = { authority: 1, log: 2, timestamp: 1 } as const;

/**
 * Selects the services of a Sigstore signing config (sigstore_trustroot.proto, `SigningConfig`): those that are
 * valid now, of the highest API version that is known and only of that, one of each operator, the newest first.
 * @throws {SigningConfigError}
 */
export function readSigningConfig(text: string, now: Date): SelectedServices {
  const config = parse(text);
  return {
    authority: usable(config.caUrls, VERSIONS.authority, now)[0],
    logs: select('rekorTlog', config.rekorTlogConfig, {
      listed: config.rekorTlogUrls,
      usable: usable(config.rekorTlogUrls, VERSIONS.log, now),
    }),
    timestampAuthorities: select('tsa', config.tsaConfig, {
      listed: config.tsaUrls,
      usable: usable(config.tsaUrls, VERSIONS.timestamp, now),
    }),
  };
}

function parse(text: string): SigningConfig {
  let config: SigningConfig;
  try {
    config = SigningConfig.fromJSON(parseStrictJson(text));
  } catch (cause) {
    throw new SigningConfigError('MALFORMED', messageOf(cause), { cause });
  }
  if (config.mediaType !== MEDIA_TYPE)
    throw new SigningConfigError(
      'MEDIA_TYPE',
      `found mediaType ${JSON.stringify(config.mediaType)}, expected "${MEDIA_TYPE}"`,
    );
  return config;
}

function usable(
  services: readonly Service[],
  highest: number,
  now: Date,
): readonly SelectedService[] {
  const known = services.filter(
    (service) =>
      service.majorApiVersion >= 1 && service.majorApiVersion <= highest && isValidAt(service, now),
  );
  const version = Math.max(...known.map(({ majorApiVersion }) => majorApiVersion));
  const operators = new Set<string>();
  return known
    .filter(({ majorApiVersion }) => majorApiVersion === version)
    .toSorted((a, b) => startOf(b) - startOf(a))
    .filter(({ operator }) => !operators.has(operator) && operators.add(operator))
    .map(({ url }) => ({ url, version }));
}

function startOf({ validFor }: Service): number {
  return validFor?.start?.getTime() ?? -Infinity;
}

/** A service without a start is not valid: "since ever" is never meant. */
function isValidAt({ validFor }: Service, now: Date): boolean {
  const { start, end } = validFor ?? {};
  return start !== undefined && start <= now && (end === undefined || now <= end);
}

interface Choice {
  readonly listed: readonly Service[];
  readonly usable: readonly SelectedService[];
}

function select(
  name: 'rekorTlog' | 'tsa',
  config: ServiceConfiguration | undefined,
  { listed, usable }: Choice,
): readonly SelectedService[] {
  if (listed.length === 0 && config === undefined) return [];
  const wanted = wantedCount(config, usable.length);
  if (wanted === undefined)
    throw new SigningConfigError(
      'SELECTION',
      `${name}Config has no selector that is known, expected "ALL", "ANY" or "EXACT" with a count`,
    );
  if (wanted > usable.length || wanted === 0)
    throw new SigningConfigError(
      'SELECTION',
      `${name}Urls has ${usable.length} services of different operators that are valid now and speak a known API, ${name}Config wants ${Math.max(wanted, 1)}`,
    );
  return usable.slice(0, wanted);
}

function wantedCount(
  config: ServiceConfiguration | undefined,
  available: number,
): number | undefined {
  switch (config?.selector) {
    case ServiceSelector.ALL:
      return available;
    case ServiceSelector.ANY:
      return 1;
    case ServiceSelector.EXACT:
      return config.count > 0 ? config.count : undefined;
    case ServiceSelector.SERVICE_SELECTOR_UNDEFINED:
    case undefined:
      return undefined;
  }
}
