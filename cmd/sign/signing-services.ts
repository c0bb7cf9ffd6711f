import { DEFAULT_FULCIO_URL, DEFAULT_REKOR_URL } from '@sigstore/sign';
import { messageOf } from '#shared/base/coded-error.ts';
import { readTextFile } from '../file/read-inputs.ts';
import { InputError, usageError } from '../input-error.ts';
import { serviceUrl } from './service-url.ts';
import type { SigningArguments } from './signing-arguments.ts';
import { readSigningConfig, type SelectedServices } from './signing-config.ts';

export interface LogService {
  readonly url: string;
  /** Major version of its API. */
  readonly version: number;
}

/** Where a signature gets its witnesses, as URLs that may be spoken to. */
export interface SigningServices {
  /** Issues certificates; not asked with a key. */
  readonly authority: string;
  readonly logs: readonly LogService[];
  readonly timestampAuthorities: readonly string[];
}

interface ServiceArguments extends SigningArguments {
  readonly 'insecure-registry': readonly string[];
}

/** The only version of Rekor's API whose answer says when an entry was made. */
const TIMED_LOG_VERSION = 1;

/**
 * The services that flags or a signing config name; without either, those of Sigstore's public instance for
 * keyless signing, and none with a key: what nobody asked to publish stays unpublished.
 * @throws {InputError}
 */
export async function signingServices(args: ServiceArguments): Promise<SigningServices> {
  const path = args['signing-config'];
  const services = path === undefined ? ofFlags(args) : await ofFile(path, args);
  if (args.key !== undefined) return services;
  const isTimed =
    services.timestampAuthorities.length > 0 ||
    services.logs.some(({ version }) => version === TIMED_LOG_VERSION);
  if (isTimed) return services;
  throw usageError(
    `a keyless signature needs a witness of its time: ${path ?? 'the services'} must name a log of API version ${TIMED_LOG_VERSION} or a timestamp authority`,
  );
}

/** All that may be spoken to. */
export function serviceUrls({
  authority,
  logs,
  timestampAuthorities,
}: SigningServices): readonly string[] {
  return [authority, ...logs.map(({ url }) => url), ...timestampAuthorities];
}

function ofFlags(args: ServiceArguments): SigningServices {
  const checked = (flag: 'fulcio-url' | 'rekor-url' | 'timestamp-server-url'): string[] => {
    const text = args[flag];
    if (text === undefined) return [];
    const read = serviceUrl(text, args['insecure-registry']);
    if (typeof read === 'string')
      throw usageError(`invalid argument for "--${flag}" flag: ${read}`);
    return [read.url];
  };
  const isKeyless = args.key === undefined;
  const usualLogs = isKeyless && args['tlog-upload'] ? [DEFAULT_REKOR_URL] : [];
  const logs = args['rekor-url'] === undefined ? usualLogs : checked('rekor-url');
  return {
    authority: checked('fulcio-url')[0] ?? DEFAULT_FULCIO_URL,
    logs: logs.map((url) => ({ url, version: TIMED_LOG_VERSION })),
    timestampAuthorities: checked('timestamp-server-url'),
  };
}

async function ofFile(path: string, args: ServiceArguments): Promise<SigningServices> {
  const text = await readTextFile(path);
  const cannot = (why: string, cause?: unknown): InputError =>
    new InputError('FILE', `Cannot use signing config "${path}": ${why}`, { cause });
  let selected: SelectedServices;
  try {
    selected = readSigningConfig(text, new Date());
  } catch (cause) {
    throw cannot(messageOf(cause), cause);
  }
  const checked = (written: string): string => {
    const read = serviceUrl(written, args['insecure-registry']);
    if (typeof read === 'string') throw cannot(`a service's url cannot be used: ${read}`);
    return read.url;
  };
  if (args.key === undefined && selected.authority === undefined)
    throw cannot('caUrls has no authority that is valid now and speaks API version 1');
  return {
    authority: checked(selected.authority?.url ?? DEFAULT_FULCIO_URL),
    logs: selected.logs.map(({ url, version }) => ({ url: checked(url), version })),
    timestampAuthorities: selected.timestampAuthorities.map(({ url }) => checked(url)),
  };
}
