import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '#server/config-error.ts';
import { formatEndpoint, parseConfig, type WebhookConfig } from '#server/config.ts';
import { FLAGS, helpText } from '#server/flags.ts';

const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

function configOf(argv: readonly string[], env: Record<string, string> = {}): WebhookConfig {
  const parsed = parseConfig(argv, env);
  assert(parsed.kind === 'run');
  return parsed.config;
}

test('parseConfig: policies from files need no cluster and have sensible defaults', () => {
  assert.deepEqual(configOf(['--policies', 'a', '--policies=b']), {
    listen: { host: '0.0.0.0', port: 9443 },
    health: undefined,
    policyDirectories: ['a', 'b'],
    exceptionNamespaces: [],
    cluster: { kind: 'none' },
    namespace: 'sign-policy-system',
    webhookConfiguration: 'admission-sign-policy',
    tls: { kind: 'self-made', directory: undefined, names: [] },
    insecureRegistries: [],
    registryCaFiles: [],
    trust: {
      kind: 'tuf',
      mirror: undefined,
      rootFile: undefined,
      cacheDirectory: join(tmpdir(), 'sign-policy-tuf'),
    },
    logs: { isAsked: true, listed: [] },
    checksRevocation: true,
    pin: 'pods',
    exemptNamespaces: [],
    writesReports: true,
    scanMinutes: 60,
    logLevel: 'info',
    drainSeconds: 5,
  });
});

test('parseConfig: the cluster is the one of the flags, else the one around the process', () => {
  const file = { kind: 'kubeconfig', file: 'k', context: undefined };
  assert.deepEqual(configOf(['--kubeconfig', 'k'], IN_CLUSTER).cluster, file);
  const context = { kind: 'kubeconfig', file: undefined, context: 'c' };
  assert.deepEqual(configOf(['--context', 'c'], IN_CLUSTER).cluster, context);
  assert.deepEqual(configOf([], IN_CLUSTER).cluster, { kind: 'in-cluster' });
  assert.deepEqual(configOf(['--policies', 'p'], IN_CLUSTER).cluster, { kind: 'in-cluster' });
});

test('parseConfig: the own namespace comes from the flag, else from POD_NAMESPACE', () => {
  const env = { ...IN_CLUSTER, POD_NAMESPACE: 'from-env' };
  assert.equal(configOf([], env).namespace, 'from-env');
  assert.equal(configOf(['--namespace', 'from-flag'], env).namespace, 'from-flag');
});

test('parseConfig: a flag that is given twice holds its last value, unless it may be repeated', () => {
  const config = configOf(
    ['--pin=pods', '--pin=workloads', '--exempt-namespace=a', '--exempt-namespace=b'],
    IN_CLUSTER,
  );
  assert.equal(config.pin, 'workloads');
  assert.deepEqual(config.exemptNamespaces, ['a', 'b']);
});

test('parseConfig: --no-revocation asks no revocation server', () => {
  assert.equal(configOf(['--no-revocation'], IN_CLUSTER).checksRevocation, false);
});

test('parseConfig: --no-online-log asks no log, --log-url lists those for policies of namespaces', () => {
  const logs = (...argv: readonly string[]): unknown => configOf(argv, IN_CLUSTER).logs;
  assert.deepEqual(logs('--no-online-log'), { isAsked: false, listed: [] });
  const url = 'https://rekor.example';
  assert.deepEqual(logs('--log-url', url), { isAsked: true, listed: [url] });
  assert.throws(() => logs('--log-url', 'rekor'), {
    code: 'BAD_FLAG',
    message: 'Cannot read flag --log-url: it holds "rekor", an http or https URL is wanted',
  });
});

test('parseConfig: the trust root is a file, a mirror, or the shipped copy', () => {
  const trust = (...argv: readonly string[]): unknown => configOf(argv, IN_CLUSTER).trust;
  assert.deepEqual(trust('--trusted-root', 'root.json'), { kind: 'file', file: 'root.json' });
  assert.deepEqual(trust('--no-tuf'), { kind: 'embedded' });
  const configMap = { kind: 'config-map', namespace: 'a', name: 'b', key: 'trusted_root.json' };
  assert.deepEqual(trust('--trusted-root', 'k8s://a/b'), configMap);
  assert.deepEqual(
    trust('--trusted-root', 'public', '--trusted-root', 'k8s://a/b/c', '--tuf-cache', '/cache'),
    {
      kind: 'several',
      members: [
        { kind: 'tuf', mirror: undefined, rootFile: undefined, cacheDirectory: '/cache' },
        { ...configMap, key: 'c' },
      ],
    },
  );
  const mirror = 'https://tuf.example';
  assert.deepEqual(
    trust('--tuf-mirror', mirror, '--tuf-root', 'root.json', '--tuf-cache', '/cache'),
    { kind: 'tuf', mirror, rootFile: 'root.json', cacheDirectory: '/cache' },
  );
});

const ENDPOINTS: readonly (readonly [string, string])[] = [
  ['127.0.0.1:9443', '127.0.0.1:9443'],
  ['localhost:0', 'localhost:0'],
  [':8443', '0.0.0.0:8443'],
  ['[::1]:443', '[::1]:443'],
];

for (const [written, read] of ENDPOINTS) {
  test(`parseConfig: --listen ${written} is read`, () => {
    assert.equal(formatEndpoint(configOf([`--listen=${written}`], IN_CLUSTER).listen), read);
  });
}

const HOST_PORT = 'HOST:PORT, for example 127.0.0.1:9443 is wanted';
const FAULTS: readonly (readonly [readonly string[], string])[] = [
  [['--listen', '9443'], `Cannot read flag --listen: it holds "9443", ${HOST_PORT}`],
  [['--listen', 'a:70000'], `Cannot read flag --listen: it holds "a:70000", ${HOST_PORT}`],
  [
    ['--health-listen', '::1:1'],
    `Cannot read flag --health-listen: it holds "::1:1", ${HOST_PORT}`,
  ],
  [
    ['--trusted-root', 'a', '--no-tuf'],
    'Cannot read the flags: --trusted-root and --no-tuf are given, one of them is wanted',
  ],
  [
    ['--tuf-root', 'a'],
    'Cannot read the flags: --tuf-root is given without --tuf-mirror, both are wanted',
  ],
  [
    ['--tuf-mirror', 'https://tuf.example'],
    "Cannot read the flags: --tuf-mirror is given without --tuf-root, the mirror's first root.json is wanted",
  ],
  [
    ['--tuf-mirror', 'tuf', '--tuf-root', 'a'],
    'Cannot read flag --tuf-mirror: it holds "tuf", an http or https URL is wanted',
  ],
  [['--pin', 'all'], 'Cannot read flag --pin: it holds "all", "pods" or "workloads" is wanted'],
  [
    ['--log-level', 'loud'],
    'Cannot read flag --log-level: it holds "loud", "debug" or "info" or "warn" or "error" is wanted',
  ],
  [
    ['--drain-seconds', '-1'],
    `Cannot read the flags: Option "--drain-seconds" argument is ambiguous`,
  ],
  [
    ['--background-scan-minutes', '20000'],
    'Cannot read flag --background-scan-minutes: it holds "20000", a whole number of minutes from 0 to 10080 is wanted',
  ],
  [
    ['--drain-seconds', '1.5'],
    'Cannot read flag --drain-seconds: it holds "1.5", a whole number of seconds from 0 to 300 is wanted',
  ],
  [['--policies='], 'Cannot read flag --policies: it holds "", a value is wanted'],
  [['--polices', 'x'], 'Cannot read the flags: Unknown option "--polices"'],
  [['extra'], `Cannot read the flags: Unexpected argument "extra"`],
  [
    ['--tls-cert-file', 'c'],
    'Cannot read the flags: only one of --tls-cert-file and --tls-private-key-file is given, both or none are wanted',
  ],
  [
    ['--tls-cert-file', 'c', '--tls-private-key-file', 'k', '--tls-self-made-name', 'n'],
    'Cannot read the flags: --tls-cert-file is given together with a flag for the self-made certificate, one of the two is wanted',
  ],
];

for (const [argv, message] of FAULTS) {
  test(`parseConfig: ${argv.join(' ')} is refused with one clear message`, () => {
    assert.throws(
      () => parseConfig(argv, IN_CLUSTER),
      (error) => {
        assert(error instanceof ConfigError);
        assert.equal(error.code, 'BAD_FLAG');
        assert(error.message.startsWith(message), error.message);
        return true;
      },
    );
  });
}

test('parseConfig: without any source of policies there is nothing to start', () => {
  assert.throws(() => parseConfig([], {}), {
    code: 'NO_POLICY_SOURCE',
    message:
      'Cannot find policies: this process does not run in a cluster, and neither --policies DIR nor --kubeconfig FILE is given, one of them is wanted',
  });
});

test('parseConfig: --help and --version win over everything else', () => {
  assert.deepEqual(parseConfig(['--help', '--policies', 'x'], {}), { kind: 'help' });
  assert.deepEqual(parseConfig(['--version'], {}), { kind: 'version' });
});

test('helpText: names every flag', () => {
  const text = helpText();
  for (const { name, help } of FLAGS) {
    assert(text.includes(`--${name}`), name);
    assert(text.includes(help), help);
  }
});
