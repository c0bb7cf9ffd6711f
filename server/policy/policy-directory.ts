import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#shared/base/coded-error.ts';
import { type Fault, formatFault } from '#shared/base/fault.ts';
import { parseDocuments, type SourceDocument } from '#shared/document/parse-documents.ts';
import type { PolicyException } from '#shared/policy/exception.ts';
import type { Policy } from '#shared/policy/model.ts';
import { ConfigError } from '../config-error.ts';
import { readDocument } from './read-documents.ts';

/** What one file holds. */
export interface PolicyFile {
  readonly path: string;
  readonly policies: readonly Policy[];
  readonly exceptions: readonly PolicyException[];
  /** What keeps the file from being used. */
  readonly errors: readonly string[];
  /** What people should know all the same. */
  readonly notes: readonly string[];
}

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/** A ConfigMap holds 1 MiB at most; policies larger than that are no policies. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A folder that was given by mistake (a home directory) is noticed before it is read. */
const MAX_FILES = 1000;

/**
 * Reads all policy files of a directory, without its sub-directories and hidden entries.
 * @throws {ConfigError} `BAD_FILE` if the directory cannot be read; faults of files are values.
 */
export async function readPolicyDirectory(directory: string): Promise<readonly PolicyFile[]> {
  const names = await policyFileNames(directory);
  const files: PolicyFile[] = [];
  for (const name of names) {
    const path = join(directory, name);
    if ((await stat(path)).isFile()) files.push(await readPolicyFile(path));
  }
  return files;
}

async function policyFileNames(directory: string): Promise<readonly string[]> {
  const names = await listing(directory);
  const chosen = names
    .filter(
      (name) => !name.startsWith('.') && EXTENSIONS.some((extension) => name.endsWith(extension)),
    )
    .sort();
  if (chosen.length > MAX_FILES) {
    throw new ConfigError(
      'BAD_FILE',
      `Cannot read policy directory "${directory}": it holds ${chosen.length} files, at most ${MAX_FILES} are read`,
    );
  }
  return chosen;
}

async function listing(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    throw new ConfigError(
      'BAD_FILE',
      `Cannot read policy directory "${directory}": ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

async function readPolicyFile(path: string): Promise<PolicyFile> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) {
      return broken(
        path,
        `Cannot read policy file "${path}": it has ${size} bytes, at most ${MAX_FILE_BYTES} are read`,
      );
    }
    return readPolicyText(path, await readFile(path, 'utf8'));
  } catch (error) {
    return broken(path, messageOf(error));
  }
}

function readPolicyText(path: string, text: string): PolicyFile {
  const policies: Policy[] = [];
  const exceptions: PolicyException[] = [];
  const errors: string[] = [];
  const notes: string[] = [];
  for (const document of parseDocuments(text, path)) {
    const read = readDocument(document.value);
    switch (read.kind) {
      case 'policy':
        policies.push(read.policy);
        notes.push(...read.faults.map((fault) => describeFault(document, fault)));
        break;
      case 'exception':
        exceptions.push(read.exception);
        break;
      case 'broken':
        errors.push(...read.faults.map((fault) => describeFault(document, fault)));
        break;
      case 'foreign':
        notes.push(`${path}:${document.line}: ${read.title} is left to other engines`);
        break;
      case 'other':
        notes.push(`${path}:${document.line}: ${read.title} is no policy and is left out`);
        break;
    }
  }
  return { path, policies, exceptions, errors, notes };
}

/** `policies/a.yaml:12:7: spec.rules[0]: message`. */
function describeFault(document: SourceDocument, fault: Fault): string {
  const { line, column } = document.locate(fault.path);
  return `${document.origin}:${line}:${column}: ${formatFault(fault)}`;
}

function broken(path: string, error: string): PolicyFile {
  return { path, policies: [], exceptions: [], errors: [error], notes: [] };
}
