import type { ClusterArguments } from '../cluster/open-cluster.ts';
import type { ShippedPolicyArguments } from '../flag/shipped-policy-flags.ts';

/** The arguments of `install`. */
export interface InstallArguments extends ClusterArguments, ShippedPolicyArguments {
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly key: string | undefined;
  readonly images: readonly string[];
  readonly mode: string | undefined;
  readonly 'policy-name': string | undefined;
  readonly image: string | undefined;
  readonly pin: string;
  readonly 'pull-secrets-of': readonly string[];
  readonly 'insecure-registry': readonly string[];
  readonly 'exception-namespace': readonly string[];
  readonly 'policy-reports': boolean;
  readonly 'trusted-root': string | undefined;
  readonly 'webhook-url': string | undefined;
  readonly 'ca-file': string | undefined;
  readonly 'dry-run': string;
  readonly output: string | undefined;
  readonly 'field-manager': string;
  readonly 'force-conflicts': boolean;
  readonly wait: boolean;
  readonly timeout: string;
}

/** The arguments of `uninstall`. */
export interface UninstallArguments extends ClusterArguments {
  readonly 'all-policies': boolean;
  readonly 'dry-run': string;
  readonly wait: boolean;
  readonly timeout: string;
}
