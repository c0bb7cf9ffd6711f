import { parseArgs } from 'node:util';
import { messageOf } from '#shared/base/coded-error.ts';
import { ConfigError } from './config-error.ts';
import { FLAGS } from './flags.ts';
import { type LogConfig, logConfig } from './trust/log-config.ts';
import { type TrustConfig, trustConfig } from './trust/trust-config.ts';

/** Where a server listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Which cluster there is, if any. */
export type ClusterConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'in-cluster' }
  | {
      readonly kind: 'kubeconfig';
      readonly file: string | undefined;
      readonly context: string | undefined;
    };

/** Where the serving certificate comes from. */
export type TlsConfig =
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string }
  | {
      readonly kind: 'self-made';
      /** Kept here; else in the cluster's Secret; else in memory only. */
      readonly directory: string | undefined;
      /** Names beside the ones that are always in it. */
      readonly names: readonly string[];
    };

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const PINS = ['pods', 'workloads'] as const;

/** Everything that the command line and the environment say. */
export interface WebhookConfig {
  readonly listen: Endpoint;
  readonly health: Endpoint | undefined;
  readonly policyDirectories: readonly string[];
  /** Namespaces whose PolicyExceptions count, with wildcards. */
  readonly exceptionNamespaces: readonly string[];
  readonly cluster: ClusterConfig;
  readonly namespace: string;
  readonly webhookConfiguration: string;
  readonly tls: TlsConfig;
  readonly insecureRegistries: readonly string[];
  readonly registryCaFiles: readonly string[];
  readonly trust: TrustConfig;
  /** Whether revocation servers that certificates of Notary Project signatures name are asked. */
  readonly checksRevocation: boolean;
  readonly logs: LogConfig;
  readonly pin: (typeof PINS)[number];
  readonly exemptNamespaces: readonly string[];
  /** Whether reports are written where the cluster has definitions for them. */
  readonly writesReports: boolean;
  /** Between two background scans; 0 for none. */
  readonly scanMinutes: number;
  readonly logLevel: LogLevel;
  readonly drainSeconds: number;
}

export type ParsedConfig =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly config: WebhookConfig };

const DEFAULT_LISTEN = '0.0.0.0:9443';
const DEFAULT_NAMESPACE = 'sign-policy-system';
const DEFAULT_WEBHOOK_CONFIGURATION = 'admission-sign-policy';

/** What a flag that counts may hold. */
interface Count {
  readonly unit: string;
  readonly usual: number;
  readonly max: number;
}

const DRAIN_SECONDS: Count = {
  unit: 'seconds',
  // Endpoint removal reaches all API servers within a few seconds (Kubernetes drain practice).
  usual: 5,
  // A longer wait would outlive any sensible terminationGracePeriodSeconds.
  max: 300,
};

const SCAN_MINUTES: Count = {
  unit: 'minutes',
  // As in Kyverno.
  usual: 60,
  // A report that is older than a week says nothing any more.
  max: 7 * 24 * 60,
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads flags and environment (`POD_NAMESPACE`, and what Kubernetes sets in every Pod).
 * @throws {ConfigError} `BAD_FLAG` or `NO_POLICY_SOURCE`, saying which flag, what it holds and what is wanted.
 */
export function parseConfig(argv: readonly string[], env: Environment): ParsedConfig {
  const flags = readFlags(argv);
  if (flags.has('help')) return { kind: 'help' };
  if (flags.has('version')) return { kind: 'version' };
  const policyDirectories = flags.all('policies');
  const cluster = clusterConfig(flags, env, policyDirectories.length > 0);
  return {
    kind: 'run',
    config: {
      listen: endpoint('listen', flags.last('listen') ?? DEFAULT_LISTEN),
      health: optionalEndpoint('health-listen', flags.last('health-listen')),
      policyDirectories,
      exceptionNamespaces: flags.all('exception-namespace'),
      cluster,
      namespace: flags.last('namespace') ?? env['POD_NAMESPACE'] ?? DEFAULT_NAMESPACE,
      webhookConfiguration: flags.last('webhook-configuration') ?? DEFAULT_WEBHOOK_CONFIGURATION,
      tls: tlsConfig(flags),
      insecureRegistries: flags.all('insecure-registry'),
      registryCaFiles: flags.all('registry-ca-file'),
      trust: trustConfig(flags),
      checksRevocation: !flags.has('no-revocation'),
      logs: logConfig(flags),
      pin: choice('pin', flags.last('pin') ?? 'pods', PINS),
      exemptNamespaces: flags.all('exempt-namespace'),
      writesReports: !flags.has('no-policy-reports'),
      scanMinutes: wholeNumber(flags, 'background-scan-minutes', SCAN_MINUTES),
      logLevel: choice('log-level', flags.last('log-level') ?? 'info', LOG_LEVELS),
      drainSeconds: wholeNumber(flags, 'drain-seconds', DRAIN_SECONDS),
    },
  };
}

/** `[::1]:9443` or `127.0.0.1:9443`. */
export function formatEndpoint(endpoint: Endpoint): string {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `${host}:${endpoint.port}`;
}

/** Flag values as written; a flag that is given twice keeps all its values. */
class FlagValues {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  last(name: string): string | undefined {
    return this.all(name).at(-1);
  }
}

function readFlags(argv: readonly string[]): FlagValues {
  const options = Object.fromEntries(
    FLAGS.map((flag) => [
      flag.name,
      {
        type: flag.value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: true,
      },
    ]),
  );
  try {
    const { values } = parseArgs({
      args: [...argv],
      options,
      strict: true,
      allowPositionals: false,
    });
    const read = new Map<string, readonly string[]>();
    for (const [name, value] of Object.entries(values)) {
      if (Array.isArray(value))
        read.set(
          name,
          value.map((one) => filled(name, String(one))),
        );
    }
    return new FlagValues(read);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError('BAD_FLAG', `Cannot read the flags: ${firstSentence(messageOf(error))}`, {
      cause: error,
    });
  }
}

function filled(name: string, value: string): string {
  if (value === '') throw badFlag(name, value, 'a value');
  return value;
}

function firstSentence(message: string): string {
  return (message.split('. ')[0] ?? message).replace(/\.$/, '').replaceAll("'", '"');
}

function clusterConfig(flags: FlagValues, env: Environment, hasFiles: boolean): ClusterConfig {
  const file = flags.last('kubeconfig');
  const context = flags.last('context');
  if (file !== undefined || context !== undefined) return { kind: 'kubeconfig', file, context };
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return { kind: 'in-cluster' };
  if (hasFiles) return { kind: 'none' };
  throw new ConfigError(
    'NO_POLICY_SOURCE',
    'Cannot find policies: this process does not run in a cluster, and neither --policies DIR nor ' +
      '--kubeconfig FILE is given, one of them is wanted',
  );
}

function tlsConfig(flags: FlagValues): TlsConfig {
  const certFile = flags.last('tls-cert-file');
  const keyFile = flags.last('tls-private-key-file');
  const directory = flags.last('tls-self-made-dir');
  const names = flags.all('tls-self-made-name');
  if (certFile === undefined && keyFile === undefined)
    return { kind: 'self-made', directory, names };
  if (certFile === undefined || keyFile === undefined) {
    throw new ConfigError(
      'BAD_FLAG',
      'Cannot read the flags: only one of --tls-cert-file and --tls-private-key-file is given, both or none are wanted',
    );
  }
  if (directory !== undefined || names.length > 0) {
    throw new ConfigError(
      'BAD_FLAG',
      'Cannot read the flags: --tls-cert-file is given together with a flag for the self-made certificate, one of the two is wanted',
    );
  }
  return { kind: 'files', certFile, keyFile };
}

function optionalEndpoint(name: string, value: string | undefined): Endpoint | undefined {
  return value === undefined ? undefined : endpoint(name, value);
}

function endpoint(name: string, value: string): Endpoint {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(value);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535)
    throw badFlag(name, value, 'HOST:PORT, for example 127.0.0.1:9443');
  return { host: parts[1] ?? (parts[2] === '' ? '0.0.0.0' : (parts[2] ?? '0.0.0.0')), port };
}

function wholeNumber(flags: FlagValues, name: string, { unit, usual, max }: Count): number {
  const value = flags.last(name);
  if (value === undefined) return usual;
  const parsed = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(parsed <= max)) throw badFlag(name, value, `a whole number of ${unit} from 0 to ${max}`);
  return parsed;
}

function choice<Value extends string>(
  name: string,
  value: string,
  values: readonly Value[],
): Value {
  const found = values.find((one) => one === value);
  if (found === undefined) throw badFlag(name, value, values.map((one) => `"${one}"`).join(' or '));
  return found;
}

function badFlag(name: string, value: string, wanted: string): ConfigError {
  return new ConfigError(
    'BAD_FLAG',
    `Cannot read flag --${name}: it holds "${value}", ${wanted} is wanted`,
  );
}
