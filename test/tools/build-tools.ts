import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '#shared/base/coded-error.ts';
import { withBuildLock } from './build-lock.ts';
import { TOOLS } from './tool-table.ts';
import type { Tool, ToolName } from './tool-table.ts';

/** The `go` line of the committed go.mod files. */
const NEEDED_GO: readonly [major: number, minor: number] = [1, 26];

/** A CI log needs the end of what the compiler said, not all of it. */
const KEPT_OUTPUT = 4000;

/** The part of the hash that names a cache folder; 48 bits tell a handful of builds apart. */
const HASH_LENGTH = 12;

/**
 * Builds the named programs that are not in the user's cache yet, one after the other, and answers
 * their paths. The name of the cache folder covers the version, the pinned modules and the build
 * flags, so a changed pin is a new build. Says what it does on stderr.
 *
 * @throws {Error} `go` is missing or too old, or a build failed
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const paths: Partial<Record<Name, string>> = {};
  for (const name of names) {
    paths[name] = await ensureTool(name);
  }
  return paths as Record<Name, string>;
}

async function ensureTool(name: ToolName): Promise<string> {
  const tool = TOOLS[name];
  const folder = join(cacheFolder(), `${name}-${tool.version}-${await pinHash(tool)}`);
  const path = join(folder, name);
  if (await exists(path)) {
    return path;
  }
  await withBuildLock(join(cacheFolder(), 'building'), async () => {
    if (!(await exists(path))) {
      await build(name, tool, folder);
    }
  });
  return path;
}

function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'kubectl-sign-policy', 'tools');
}

function moduleFolder(tool: Tool): string {
  return join(import.meta.dirname, tool.module);
}

async function pinHash(tool: Tool): Promise<string> {
  const hash = createHash('sha256').update(`${tool.package} ${tool.ldflags}`);
  const files = (await readdir(moduleFolder(tool))).filter((file) => /^go\.|\.go$/.test(file));
  for (const file of files.sort()) {
    hash.update(await readFile(join(moduleFolder(tool), file)));
  }
  return hash.digest('hex').slice(0, HASH_LENGTH);
}

async function build(name: ToolName, tool: Tool, folder: string): Promise<void> {
  await requireGo(name, tool);
  const started = Date.now();
  process.stderr.write(`building ${name} ${tool.version} (once; kept in ${cacheFolder()})\n`);
  const scratch = await mkdtemp(join(cacheFolder(), 'scratch-'));
  try {
    await goBuild(name, tool, join(scratch, name));
    await chmod(scratch, 0o755);
    await moveIntoPlace(scratch, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  process.stderr.write(`built ${name} in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

async function moveIntoPlace(scratch: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(cacheFolder(), { recursive: true });
  await rename(scratch, folder);
}

async function goBuild(name: ToolName, tool: Tool, output: string): Promise<void> {
  const args = ['build', '-mod=readonly', '-ldflags', tool.ldflags, '-o', output, tool.package];
  const child = spawn('go', args, {
    cwd: moduleFolder(tool),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-KEPT_OUTPUT);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(
      `Cannot build ${name} ${tool.version}: go build ended with ${String(code)}\n${said}`,
    );
  }
}

async function requireGo(name: ToolName, tool: Tool): Promise<void> {
  const found = await promisify(execFile)('go', ['env', 'GOVERSION'], { cwd: moduleFolder(tool) })
    .then(({ stdout }) => stdout.trim())
    .catch(() => undefined);
  const wanted = `go ${NEEDED_GO.join('.')} or newer is not on PATH`;
  if (found === undefined) {
    throw new Error(`Cannot build ${name} ${tool.version}: ${wanted}`);
  }
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(found) ?? [];
  const isNewEnough =
    Number(major) > NEEDED_GO[0] ||
    (Number(major) === NEEDED_GO[0] && Number(minor) >= NEEDED_GO[1]);
  if (!isNewEnough) {
    throw new Error(`Cannot build ${name} ${tool.version}: ${wanted}, found ${found}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function namesFromArguments(args: readonly string[]): readonly ToolName[] {
  const known = Object.keys(TOOLS) as ToolName[];
  const unknown = args.find((name) => !(name in TOOLS));
  if (unknown !== undefined) {
    throw new Error(`Cannot build "${unknown}": the tools are ${known.join(', ')}`);
  }
  return args.length === 0 ? known : (args as readonly ToolName[]);
}

async function main(): Promise<void> {
  try {
    const names = namesFromArguments(process.argv.slice(2));
    for (const path of Object.values(await ensureTools(names))) {
      process.stdout.write(`${path}\n`);
    }
  } catch (error) {
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.main) {
  await main();
}
