import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { watchDirectory } from '../files/watch-directory.ts';
import {
  CertificateError,
  parseServingCertificate,
  type ServingCertificate,
} from './certificate.ts';
import type { CertificateSource } from './certificate-source.ts';

export interface FileCertificateOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** A newer pair that cannot be used; the last good one stays. */
  readonly onError: (error: unknown) => void;
}

/**
 * Serves a certificate from two files and follows their changes.
 * @throws {CertificateError} where the pair that is there at the start cannot be used.
 */
export async function openFileCertificate(
  options: FileCertificateOptions,
): Promise<CertificateSource> {
  const first = await read(options);
  return { first, follow: (onChange, signal) => follow({ options, first, onChange, signal }) };
}

interface Following {
  readonly options: FileCertificateOptions;
  readonly first: ServingCertificate;
  readonly onChange: (certificate: ServingCertificate) => void;
  readonly signal: AbortSignal;
}

function follow({ options, first, onChange, signal }: Following): void {
  let current = first.fingerprint;
  const reload = async (): Promise<void> => {
    try {
      const next = await read(options);
      if (next.fingerprint === current || signal.aborted) return;
      current = next.fingerprint;
      onChange(next);
    } catch (error) {
      options.onError(error);
    }
  };
  for (const directory of new Set([dirname(options.certFile), dirname(options.keyFile)])) {
    watchDirectory(directory, { signal, onChange: () => void reload() });
  }
}

async function read({ certFile, keyFile }: FileCertificateOptions): Promise<ServingCertificate> {
  const [certificate, key] = await Promise.all([readText(certFile), readText(keyFile)]);
  return parseServingCertificate(certificate, key);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CertificateError('UNREADABLE', `Cannot read file "${file}": ${messageOf(cause)}`, {
      cause,
    });
  }
}
