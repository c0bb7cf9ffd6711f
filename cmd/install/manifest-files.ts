import { readFileSync } from 'node:fs';

const MANIFESTS = new URL('../../manifests/', import.meta.url);

/**
 * The text of a file of `manifests/`, the single source of what is installed. The bundle carries the texts
 * inside: test/build/bundle.ts puts a module of the same shape in the place of this one.
 */
export function readManifest(path: string): string {
  return readFileSync(new URL(path, MANIFESTS), 'utf8');
}
