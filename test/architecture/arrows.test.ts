import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFiles } from './source-files.ts';

/** Which folders each folder may import, itself aside. ARCHITECTURE.md explains the layers. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'shared/base': [],
  'shared/document': ['shared/base'],
  'shared/image': ['shared/base'],
  'shared/workload': ['shared/base'],
  'shared/registry': ['shared/base', 'shared/image'],
  'shared/notation': ['shared/base', 'shared/image', 'shared/registry'],
  'shared/trust': ['shared/base'],
  'shared/kms': ['shared/base', 'shared/trust'],
  'shared/cloud-registry': ['shared/base', 'shared/kms', 'shared/registry', 'shared/trust'],
  'shared/recording': [
    'shared/base',
    'shared/image',
    'shared/registry',
    'shared/signature',
    'shared/trust',
    'shared/notation',
  ],
  'shared/signature': ['shared/base', 'shared/image', 'shared/registry'],
  'shared/log': ['shared/base', 'shared/registry', 'shared/signature'],
  'shared/condition': ['shared/base', 'shared/document', 'shared/image'],
  'shared/policy': [
    'shared/base',
    'shared/condition',
    'shared/image',
    'shared/workload',
    'shared/trust',
    'shared/notation',
  ],
  'shared/verification': [
    'shared/base',
    'shared/image',
    'shared/registry',
    'shared/signature',
    'shared/policy',
    'shared/trust',
    'shared/notation',
    'shared/condition',
  ],
  'shared/admission': [
    'shared/base',
    'shared/condition',
    'shared/image',
    'shared/workload',
    'shared/registry',
    'shared/policy',
    'shared/verification',
  ],
  'shared/kube': [
    'shared/base',
    'shared/document',
    'shared/registry',
    'shared/workload',
    'shared/trust',
  ],
  'shared/report': [
    'shared/base',
    'shared/policy',
    'shared/verification',
    'shared/admission',
    'shared/kube',
  ],
  'shared/context': [
    'shared/base',
    'shared/condition',
    'shared/image',
    'shared/registry',
    'shared/policy',
    'shared/admission',
    'shared/kube',
  ],
  server: ['shared'],
  cmd: ['shared'],
};

/** Packages that only one folder may know: everything else sees them through that folder. */
const CONFINED: Readonly<Record<string, string>> = {
  yargs: 'cmd/yargs.ts',
  express: 'server/',
  pino: 'server/',
  'prom-client': 'server/',
  '@kubernetes/client-node': 'shared/kube/',
  undici: 'shared/',
  '@sigstore/sign': 'cmd/sign/',
};

/** Folders whose code is a pure function of its input: no network, no files, no processes. */
const PURE = [
  'shared/base',
  'shared/document',
  'shared/image',
  'shared/workload',
  'shared/condition',
  'shared/policy',
  'shared/verification',
  'shared/admission',
  'shared/recording',
  'shared/report',
];

const IMPURE_PACKAGES = [
  'node:fs',
  'node:fs/promises',
  'node:net',
  'node:http',
  'node:https',
  'node:tls',
  'node:child_process',
  'undici',
];

const files = sourceFiles(['shared', 'server', 'cmd']);

function folderOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'shared' ? `${top}/${second}` : top;
}

test('architecture: the scan finds the source files and their imports', () => {
  assert.ok(files.length > 60, `scanned ${files.length} files`);
  assert.ok(files.flatMap(({ imports }) => imports).length > 150);
  const missing = Object.keys(ALLOWED).filter(
    (folder) => !files.some(({ path }) => path.startsWith(`${folder}/`)),
  );
  assert.deepEqual(missing, [], 'folders without files');
});

test('architecture: imports follow the arrows between folders', () => {
  const wrong = files.flatMap(({ path, imports }) => {
    const from = folderOf(path);
    const allowed = [from, ...(ALLOWED[from] ?? [])];
    return imports
      .filter((target) => !target.endsWith('.json') && target !== 'package.json')
      .filter((target) => !allowed.some((folder) => target.startsWith(`${folder}/`)))
      .map((target) => `${path} → ${target}`);
  });
  assert.deepEqual(wrong, []);
});

test('architecture: every import of a project file names a file that exists', () => {
  const known = new Set(files.map(({ path }) => path));
  const missing = files.flatMap(({ path, imports }) =>
    imports
      .filter((target) => target.endsWith('.ts') && !known.has(target))
      .map((target) => `${path} → ${target}`),
  );
  assert.deepEqual(missing, []);
});

test('architecture: confined packages stay where they are', () => {
  const wrong = files.flatMap(({ path, packages }) =>
    packages
      .filter((name) => !path.startsWith(CONFINED[name] ?? ''))
      .map((name) => `${path} imports ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('architecture: pure folders do no input or output', () => {
  const wrong = files
    .filter(({ path }) => PURE.includes(folderOf(path)))
    .flatMap(({ path, packages }) =>
      packages
        .filter((name) => IMPURE_PACKAGES.includes(name))
        .map((name) => `${path} imports ${name}`),
    );
  assert.deepEqual(wrong, []);
});

test('architecture: packages are imported statically, in modules that are loaded late where that helps', () => {
  // A bundle gives the names of a CommonJS package to static imports only.
  const wrong = files.flatMap(({ path, text }) =>
    [...text.matchAll(/\bimport\(\s*'([^'.#][^']*)'/g)]
      .map(([, name = '']) => name)
      .filter((name) => !name.endsWith('.json'))
      .map((name) => `${path} imports ${name}`),
  );
  assert.deepEqual(wrong, []);
});
