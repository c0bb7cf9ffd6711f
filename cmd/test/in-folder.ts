import { isAbsolute, join } from 'node:path';
import type { Suite } from './suite.ts';

/** The path of a file that a suite names. */
export function inFolder({ folder }: Suite, path: string): string {
  return isAbsolute(path) || path.includes('://') ? path : join(folder, path);
}
