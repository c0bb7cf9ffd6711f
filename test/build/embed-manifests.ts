import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { MANIFESTS } from '#cmd/install/manifests.ts';
import { SHIPPED_POLICIES } from '#cmd/policy/shipped-policies.ts';

/** Puts the texts of `manifests/` into the bundle, in the place of the module that reads them from disk. */
export function embedManifests(root: string): Plugin {
  return {
    name: 'embed-manifests',
    setup: (build) => {
      build.onLoad({ filter: /\/cmd\/install\/manifest-files\.ts$/ }, async () => {
        const texts = await Promise.all(
          [...MANIFESTS, ...SHIPPED_POLICIES].map(
            async ({ file }) =>
              [file, await readFile(join(root, 'manifests', file), 'utf8')] as const,
          ),
        );
        const table = JSON.stringify(Object.fromEntries(texts));
        return {
          contents: `const TEXTS = ${table};\nexport function readManifest(path) { return TEXTS[path]; }\n`,
          loader: 'js',
        };
      });
    },
  };
}
