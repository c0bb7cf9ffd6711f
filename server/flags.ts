/** One flag of the webhook: how it is parsed and what `--help` says about it. */
export interface Flag {
  readonly name: string;
  /** What stands for the value in the help text; undefined for a switch. */
  readonly value: string | undefined;
  readonly repeatable: boolean;
  readonly group: FlagGroup;
  readonly help: string;
}

export type FlagGroup =
  'Policies' | 'Cluster' | 'Serving' | 'Registries' | 'Trust' | 'Deciding' | 'Reporting' | 'Other';

/** Every flag, in the order the help text shows them. */
export const FLAGS: readonly Flag[] = [
  one(
    'Policies',
    'policies',
    'DIR',
    'read policies from the YAML and JSON files in DIR, watched',
    true,
  ),
  one(
    'Policies',
    'exception-namespace',
    'NAME',
    'honour PolicyExceptions of this namespace, "*" for all (default: none at all)',
    true,
  ),
  one('Cluster', 'kubeconfig', 'FILE', 'use the cluster of this kubeconfig file'),
  one('Cluster', 'context', 'NAME', 'use this context of the kubeconfig'),
  one(
    'Cluster',
    'namespace',
    'NAME',
    'namespace that holds the certificate (default: the own one)',
  ),
  one(
    'Cluster',
    'webhook-configuration',
    'NAME',
    'mutating and validating configuration that gets our CA (default: admission-sign-policy)',
  ),
  one('Serving', 'listen', 'HOST:PORT', 'address of the HTTPS server (default: 0.0.0.0:9443)'),
  one(
    'Serving',
    'health-listen',
    'HOST:PORT',
    'also serve /livez, /readyz and /metrics by plain HTTP',
  ),
  one('Serving', 'tls-cert-file', 'FILE', 'PEM certificate chain, reloaded when it changes'),
  one('Serving', 'tls-private-key-file', 'FILE', 'PEM private key of that certificate'),
  one(
    'Serving',
    'tls-self-made-name',
    'NAME',
    'DNS name or IP address in the self-made certificate',
    true,
  ),
  one(
    'Serving',
    'tls-self-made-dir',
    'DIR',
    'keep the self-made certificate in DIR (ca.crt, tls.crt, tls.key)',
  ),
  one(
    'Serving',
    'drain-seconds',
    'N',
    'time between "not ready" and closing, on SIGTERM (default: 5)',
  ),
  one('Registries', 'insecure-registry', 'HOST', 'registry to be reached by plain HTTP', true),
  one('Registries', 'registry-ca-file', 'FILE', 'PEM certificates trusted for registries', true),
  one(
    'Trust',
    'trusted-root',
    'FILE|k8s://NAMESPACE/NAME[/KEY]|public',
    "Sigstore trusted_root.json to believe instead of the public instance's, or beside it, followed when it changes",
    true,
  ),
  one('Trust', 'tuf-mirror', 'URL', 'fetch the trust root from this TUF mirror, and keep it fresh'),
  one('Trust', 'tuf-root', 'FILE', 'first root.json of that mirror'),
  one('Trust', 'tuf-cache', 'DIR', 'writable folder for TUF metadata (default: a temporary one)'),
  {
    name: 'no-tuf',
    value: undefined,
    repeatable: false,
    group: 'Trust',
    help: 'use the shipped copy of the public trust root, and never ask for a newer one',
  },
  one(
    'Trust',
    'log-url',
    'URL',
    'transparency log that policies of namespaces may have asked, besides the public one',
    true,
  ),
  {
    name: 'no-online-log',
    value: undefined,
    repeatable: false,
    group: 'Trust',
    help: 'never ask the logs that policies name for entries that signatures do not bring along',
  },
  {
    name: 'no-revocation',
    value: undefined,
    repeatable: false,
    group: 'Trust',
    help: 'never ask the OCSP and CRL servers of Notary certificates; those that name one are then refused',
  },
  one(
    'Deciding',
    'pin',
    'pods|workloads',
    'what gets its tags replaced by digests (default: pods)',
  ),
  one('Deciding', 'exempt-namespace', 'NAME', 'admit everything in this namespace unseen', true),
  {
    name: 'no-policy-reports',
    value: undefined,
    repeatable: false,
    group: 'Reporting',
    help: 'write no PolicyReports, although the cluster has definitions for them',
  },
  one(
    'Reporting',
    'background-scan-minutes',
    'N',
    'time between two looks at all workloads, for their reports; 0 for none (default: 60)',
  ),
  one('Other', 'log-level', 'LEVEL', 'debug, info, warn or error (default: info)'),
  { name: 'help', value: undefined, repeatable: false, group: 'Other', help: 'show this text' },
  {
    name: 'version',
    value: undefined,
    repeatable: false,
    group: 'Other',
    help: 'show the version',
  },
];

const INTRODUCTION = `sign-policy-webhook verifies container image signatures at admission and pins tags to verified digests.

Usage:
  sign-policy-webhook --policies DIR [flags]         policies from files, no cluster needed
  sign-policy-webhook --kubeconfig FILE [flags]      policies from a cluster, running outside of it
  sign-policy-webhook [flags]                        policies from the cluster it runs in

Without --tls-cert-file it makes a certificate of its own. Where it has a cluster, it keeps it in the Secret
"sign-policy-webhook-tls" and writes the CA into the webhook configurations.
`;

/** The text of `--help`. */
export function helpText(): string {
  const left = FLAGS.map(
    (flag) => `  --${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
  );
  const width = Math.max(...left.map((text) => text.length));
  const lines: string[] = [INTRODUCTION];
  let group: FlagGroup | undefined;
  for (const [index, flag] of FLAGS.entries()) {
    if (flag.group !== group) lines.push(`${group === undefined ? '' : '\n'}${flag.group}:`);
    group = flag.group;
    const more = flag.repeatable ? ' (may be repeated)' : '';
    lines.push(`${(left[index] ?? '').padEnd(width)}  ${flag.help}${more}`);
  }
  return `${lines.join('\n')}\n`;
}

function one(group: FlagGroup, name: string, ...rest: [string, string, boolean?]): Flag {
  const [value, help, repeatable = false] = rest;
  return { name, value, repeatable, group, help };
}
