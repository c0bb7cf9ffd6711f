import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newKey } from '#test/unit/policy/sample-policy.ts';
import { runCli } from './run-cli.ts';
import { type Workspace, makeWorkspace } from './workspace.ts';

let files: Workspace;

/** Our own kind, since only Kyverno's own are told what Kyverno refuses. */
function policyText(
  changes: string,
  head = 'sign-policy.dev/v1alpha1\nkind: ClusterSignPolicy',
): string {
  return `apiVersion: ${head}
metadata:
  name: p
spec:
  rules:
    - name: r
      match:
        any:
          - resources:
              kinds: [Pod]
      verifyImages:
        - imageReferences: ["ghcr.io/acme/*"]
          ${changes}
          attestors:
            - entries:
                - keys:
                    publicKeys: |
                      ${newKey().replaceAll('\n', '\n                      ')}
`;
}

const GOOD = policyText('failureAction: Enforce');
const WARNED = policyText('skipImageReferences: ["*/x/y:1"]');
const WRONG = policyText('requird: true');
const REFUSED = policyText('failureAction: Audit', 'kyverno.io/v1\nkind: ClusterPolicy');
const FOREIGN =
  'apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: { name: v }\n';
const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n';

before(async () => {
  files = await makeWorkspace();
  await files.write('good.yaml', GOOD);
  await files.write('warned.yaml', WARNED);
  await files.write('wrong.yaml', WRONG);
  await files.write('refused.yaml', REFUSED);
  await files.write('foreign.yaml', FOREIGN);
  await files.write('config.yaml', CONFIG);
  await files.write('broken.yaml', 'kind: [Pod\n');
  await files.write('all/inner/many.yaml', [GOOD, CONFIG, WRONG].join('---\n'));
});

after(() => files.remove());

/** Arguments after the file, exit code, what the output says. */
const CODES: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ['good.yaml', [], 0, /runs as it is\n\n1 policy: 1 runs; 0 findings to repair\n$/],
  ['foreign.yaml', [], 0, /not about images, left to others\n/],
  ['warned.yaml', [], 0, /:14:33: warning SP211 .*skipImageReferences\[0\]: .*\n/],
  ['warned.yaml', ['--strict'], 1, /1 finding to repair\n$/],
  [
    'wrong.yaml',
    [],
    1,
    /wrong\.yaml:14:11: error SP001 .*requird: unknown field, did you mean "required"\?\n/,
  ],
  ['refused.yaml', [], 1, /refused\n[^]*error SP101 .*mutateDigest: Kyverno refuses/],
  ['refused.yaml', ['--no-notes'], 1, /^(?![^]*SP401)/],
  ['all', ['-R'], 1, /2 policies: 1 runs, 1 refused; 1 finding to repair\n$/],
];

for (const [file, more, expected, pattern] of CODES) {
  test(`lint ${[file, ...more].join(' ')} exits ${expected}`, async () => {
    const { code, stdout, stderr } = await runCli(['lint', files.path(file), ...more]);
    assert.equal(stderr, '');
    assert.match(stdout, pattern);
    assert.equal(code, expected);
  });
}

/** What is not a question that can be answered. */
const REFUSALS: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /^error: must specify policies: FILE, DIR or "-"\n/],
  [['-', '-f', '-'], /^error: standard input \("-"\) can be read once only\n/],
  [['nowhere.yaml'], /^error: Cannot read "nowhere.yaml": no such file or folder\n/],
];

for (const [argv, pattern] of REFUSALS) {
  test(`lint ${argv.join(' ')} exits 2`, async () => {
    const { code, stdout, stderr } = await runCli(['lint', ...argv]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, pattern);
  });
}

test('MNH-05 lint without a policy in its files exits 2', async () => {
  const { code, stderr } = await runCli(['lint', files.path('config.yaml')]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: Cannot find a policy in ".*config\.yaml"\n$/);
});

test('lint tells of a file that cannot be read beside the faults of the others, and exits 2', async () => {
  const { code, stdout } = await runCli([
    'lint',
    ...['broken.yaml', 'wrong.yaml'].map((file) => files.path(file)),
  ]);
  assert.equal(code, 2);
  assert.match(
    stdout,
    /broken\.yaml:2:1: error SP000 Cannot read ".*broken\.yaml": line 2, column 1: /,
  );
  assert.match(stdout, /wrong\.yaml:14:11: error SP001 /);
});

test('lint reads standard input, and -f as the arguments', async () => {
  const read = await runCli(['lint', '-', '-f', files.path('good.yaml')], { stdin: WRONG });
  assert.equal(read.code, 1);
  assert.match(read.stdout, /^stdin:14:11: error SP001 /m);
  assert.match(read.stdout, /^2 policies: /m);
});

test('lint -o json has the policies with their findings, and no other documents', async () => {
  const { stdout } = await runCli(['lint', files.path('all'), '-R', '-o', 'json']);
  const file = files.path('all/inner/many.yaml');
  const { documents, summary } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(summary, { runs: 1, differs: 0, foreign: 0, refused: 1 });
  const lines = GOOD.split('\n').length + CONFIG.split('\n').length;
  assert.deepEqual(documents, [
    { file, line: 1, name: 'ClusterSignPolicy/p', state: 'runs', foreignRules: 0, findings: [] },
    {
      file,
      line: lines + 1,
      name: 'ClusterSignPolicy/p',
      state: 'refused',
      foreignRules: 0,
      findings: [
        {
          rule: 'SP001',
          severity: 'error',
          path: 'spec.rules[0].verifyImages[0].requird',
          message: 'unknown field, did you mean "required"?',
          line: lines + 14,
          column: 11,
        },
      ],
    },
  ]);
});

test('lint -o github writes one workflow command a finding, escaped', async () => {
  const { code, stdout } = await runCli(['lint', '-', files.path('warned.yaml'), '-o', 'github'], {
    stdin: WRONG,
  });
  assert.equal(code, 1);
  assert.deepEqual(stdout.split('\n'), [
    '::error file=stdin,line=14,col=11,title=SP001::spec.rules[0].verifyImages[0].requird: unknown field, did you mean "required"?',
    `::warning file=${files.path('warned.yaml')},line=14,col=33,title=SP211::spec.rules[0].verifyImages[0].skipImageReferences[0]: "*/x/y:1" skips images of any registry, name the registry`,
    `::notice file=${files.path('warned.yaml')},line=14,col=33,title=SP305::spec.rules[0].verifyImages[0].skipImageReferences[0]: the wildcard before the first "/" of "*/x/y:1" stays in the host; in Kyverno it also matches what a foreign host has behind it`,
    '',
  ]);
});

test('lint -o sarif is SARIF 2.1.0: each result names a rule of the driver and a place', async () => {
  const { stdout } = await runCli(['lint', '-', '-o', 'sarif'], {
    stdin: `${WRONG}---\n${WARNED}`,
  });
  const log = JSON.parse(stdout) as {
    version: string;
    runs: {
      tool: { driver: { name: string; rules: { id: string; shortDescription: object }[] } };
      results: {
        ruleId: string;
        ruleIndex: number;
        level: string;
        message: { text: string };
        locations: { physicalLocation: { artifactLocation: { uri: string }; region: object } }[];
      }[];
    }[];
  };
  assert.equal(log.version, '2.1.0');
  const [run, ...more] = log.runs;
  assert.ok(run !== undefined && more.length === 0);
  assert.deepEqual(
    run.results.map(({ ruleId, level }) => [ruleId, level]),
    [
      ['SP001', 'error'],
      ['SP211', 'warning'],
      ['SP305', 'note'],
    ],
  );
  for (const { ruleId, ruleIndex } of run.results)
    assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
  const [first] = run.results;
  assert.deepEqual(first?.locations, [
    {
      physicalLocation: {
        artifactLocation: { uri: 'stdin' },
        region: { startLine: 14, startColumn: 11 },
      },
      logicalLocations: [{ fullyQualifiedName: 'spec.rules[0].verifyImages[0].requird' }],
    },
  ]);
});

test('lint -o sarif: a colon in the name of a file is no end of a scheme', async () => {
  const path = await files.write('a:b #1.yaml', WRONG);
  const { stdout } = await runCli(['lint', path, '-o', 'sarif']);
  assert.match(stdout, /"uri": "file:\/\/[^":]*\/a%3Ab%20%231\.yaml"/);
});

test('lint tells of a file once that is named twice, or in a folder too', async () => {
  const argv = ['lint', files.path('all'), files.path('all/inner/many.yaml'), '-R'];
  const { stdout } = await runCli([
    ...argv,
    files.path('./all/../wrong.yaml'),
    files.path('wrong.yaml'),
  ]);
  assert.match(stdout, /\n3 policies: 1 runs, 2 refused; 2 findings to repair\n$/);
});

test('dry-run refuses with exit 2 what Kyverno refuses to create, and says why', async () => {
  await files.write(
    'pod.yaml',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: a, image: "a:1" }] }\n',
  );
  const argv = ['dry-run', '-f', files.path('pod.yaml'), '-p', files.path('refused.yaml')];
  const { code, stdout, stderr } = await runCli(argv);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(
    stderr,
    /^error: Cannot use the policies: 1 fault\n {2}.*refused\.yaml:13:11: spec\.rules\[0\]\.verifyImages\[0\]\.mutateDigest: Kyverno refuses "mutateDigest: true"/,
  );
});

test('lint: of the folder of ready policies all run as they are, and nothing else is taken for a policy', async () => {
  const { code, stdout } = await runCli(['lint', '-R', 'manifests/policies', '-o', 'json']);
  assert.equal(code, 0);
  const { summary } = JSON.parse(stdout) as { readonly summary: unknown };
  assert.deepEqual(summary, { runs: 4, differs: 0, foreign: 0, refused: 0 });
});
