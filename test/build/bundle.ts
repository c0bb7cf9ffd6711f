import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Metafile, build } from 'esbuild';
import { launcherText, starterText } from './launcher.ts';
import { embedManifests } from './embed-manifests.ts';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** Entry modules by the name of their bundle. */
const ENTRIES: Readonly<Record<string, string>> = {
  plugin: 'cmd/main.ts',
  complete: 'cmd/complete.ts',
  webhook: 'server/main.ts',
};

/** Executables by the entry they start. */
const EXECUTABLES: readonly { readonly name: string; readonly entry: string }[] = [
  { name: 'kubectl-sign_policy', entry: 'plugin' },
  // "kubectl sign policy", two words.
  { name: 'kubectl-sign-policy', entry: 'plugin' },
  { name: 'kubectl_complete-sign_policy', entry: 'complete' },
  { name: 'sign-policy-webhook', entry: 'webhook' },
];

/**
 * CommonJS dependencies call `require`, which ES modules lack. The name is private because bundled modules
 * import `createRequire` themselves.
 */
const REQUIRE_BANNER =
  "import { createRequire as signPolicyCreateRequire } from 'node:module'; const require = signPolicyCreateRequire(import.meta.url);";

/**
 * Writes the executables and their code into `outDir`, which is replaced as a whole, so that nobody meets
 * half of it; answers with what went into which file.
 */
export async function bundle(outDir: string): Promise<Metafile> {
  const next = `${outDir}.${process.pid}.next`;
  const last = `${outDir}.${process.pid}.last`;
  try {
    const metafile = await bundleInto(next);
    if (existsSync(outDir)) await rename(outDir, last);
    await rename(next, outDir);
    return metafile;
  } finally {
    await rm(next, { recursive: true, force: true });
    await rm(last, { recursive: true, force: true });
  }
}

async function bundleInto(outDir: string): Promise<Metafile> {
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: join(outDir, 'lib'),
    bundle: true,
    // Code that one command needs does not make the others slower.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    outExtension: { '.js': '.mjs' },
    banner: { js: REQUIRE_BANNER },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'external',
    metafile: true,
    logLevel: 'warning',
    plugins: [embedManifests(ROOT)],
  });
  await writeFile(join(outDir, 'package.json'), '{ "type": "commonjs" }\n');
  await Promise.all(
    Object.keys(ENTRIES).map((entry) =>
      writeFile(join(outDir, 'lib', `${entry}.cjs`), starterText(`${entry}.mjs`)),
    ),
  );
  await Promise.all(
    EXECUTABLES.map(async ({ name, entry }) => {
      const file = join(outDir, name);
      const cachesCode = entry !== 'webhook';
      await writeFile(file, launcherText({ module: `lib/${entry}.cjs`, cachesCode }));
      await chmod(file, 0o755);
    }),
  );
  return metafile;
}

if (import.meta.main) {
  const metafile = await bundle(join(ROOT, 'dist'));
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(`dist/: ${EXECUTABLES.length} executables, ${Math.round(bytes / 1024)} KiB of code`);
}
