import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { DIGEST_PATTERN_POLICY } from '#test/support/admission/policies.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { podYaml } from './sample-policies.ts';
import { type TestWorld, makeTestWorld, result, suiteYaml } from './test-world.ts';

interface JsonRow {
  readonly policy: string;
  readonly rule: string;
  readonly resource: string;
  readonly expected: string;
  readonly found: string | null;
  readonly status: string;
  readonly reason: string;
  readonly details: readonly string[];
}

interface JsonResult {
  readonly kind: string;
  readonly summary: Readonly<Record<string, number>>;
  readonly suites: readonly { name: string; path: string; results: readonly JsonRow[] }[];
}

let world: TestWorld;

before(async () => {
  world = await makeTestWorld();
});

after(() => world.close());

function run(path: string, ...more: readonly string[]): Promise<CliResult> {
  return runCli(['test', path, ...more], { env: world.env });
}

async function rowsOf(path: string, ...more: readonly string[]): Promise<readonly JsonRow[]> {
  const { stdout, stderr } = await run(path, '-o', 'json', ...more);
  assert.notEqual(stdout, '', stderr);
  return (JSON.parse(stdout) as JsonResult).suites.flatMap(({ results }) => results);
}

/** What one entry says, and what becomes of it: status, what was found, reason, exit code. */
const ENTRIES: readonly (readonly [string, string, string, string | null, string, number])[] = [
  ['a signed image passes', result('good', 'pass'), 'passed', 'pass', 'as expected', 0],
  ['an unsigned image fails', result('bad', 'fail'), 'passed', 'fail', 'as expected', 0],
  [
    'a signed image that should fail',
    result('good', 'fail'),
    'failed',
    'pass',
    'want fail, got pass',
    1,
  ],
  [
    'an unsigned image that should pass',
    result('bad', 'pass'),
    'failed',
    'fail',
    'want pass, got fail',
    1,
  ],
  ['a name with its namespace', result('default/good', 'pass'), 'passed', 'pass', 'as expected', 0],
  ['an object that is named otherwise', result('gould', 'pass'), 'failed', null, 'not found', 1],
  ['an object of another namespace', result('team/good', 'pass'), 'failed', null, 'not found', 1],
  [
    'a rule that does not exist',
    result('good', 'pass').replace('rule: verify', 'rule: verfy'),
    'failed',
    null,
    'not found',
    1,
  ],
  [
    'a policy that does not exist',
    result('good', 'skip').replace('signed-images', 'unsigned-images'),
    'failed',
    null,
    'not found',
    1,
  ],
  [
    'an image of no pattern, to be skipped',
    result('elsewhere', 'skip'),
    'passed',
    'skip',
    'excluded',
    0,
  ],
  [
    'an image of no pattern, said to pass',
    result('elsewhere', 'pass'),
    'failed',
    'skip',
    'want pass, got excluded',
    1,
  ],
  [
    'a deletion brings in no image',
    result('bad', 'skip', ', operation: DELETE'),
    'passed',
    'skip',
    'excluded',
    0,
  ],
  [
    'a rule of every name',
    result('good', 'pass').replace(' rule: verify,', ''),
    'passed',
    'pass',
    'as expected',
    0,
  ],
  [
    'a spec instead of a name',
    result('', 'pass').replace(
      'resources: []',
      'resourceSpecs: [{ version: v1, kind: Pod, name: good, namespace: default }]',
    ),
    'passed',
    'pass',
    'as expected',
    0,
  ],
  [
    'an ImageValidatingPolicy',
    result('good', 'pass', ', isImageValidatingPolicy: true'),
    'not handled',
    null,
    'not handled here',
    0,
  ],
  [
    'a generated object',
    result('good', 'pass', ', generatedResource: x.yaml'),
    'not handled',
    null,
    'not handled here',
    0,
  ],
];

for (const [what, entry, status, found, reason, code] of ENTRIES) {
  test(`test: ${what} is ${status}`, async () => {
    const folder = await world.suite('entries', entry);
    const answer = await run(folder, '-o', 'json');
    assert.equal(answer.code, code, answer.stdout + answer.stderr);
    const rows = await rowsOf(folder);
    assert.deepEqual(
      rows.map((row) => [row.status, row.found, row.reason]),
      [[status, found, reason]],
    );
  });
}

test('test prints expected and found in a table, why what did not pass did not, and the sum', async () => {
  const folder = await world.suite('table', result('good', 'pass') + result('bad', 'pass'));
  const { code, stdout } = await run(folder);
  assert.equal(code, 1);
  const lines = stdout.split('\n').map((line) => line.split(/ {3,}/));
  assert.deepEqual(lines.slice(1, 4), [
    ['ID', 'POLICY', 'RULE', 'RESOURCE', 'EXPECTED', 'FOUND', 'RESULT'],
    ['1', 'signed-images', 'verify', 'Pod/default/good', 'pass', 'pass', 'passed'],
    [
      '2',
      'signed-images',
      'verify',
      'Pod/default/bad',
      'pass',
      'fail',
      'failed: want pass, got fail',
    ],
  ]);
  assert.match(
    stdout,
    /^2\. signed-images\/verify Pod\/default\/bad:\n {3}failed to verify image/m,
  );
  assert.match(stdout, /no signatures found/);
  assert.match(stdout, /to do: sign this digest/);
  assert.doesNotMatch(stdout, /verified image signatures/);
  assert.match(stdout, /\nTest Summary: 1 tests passed and 1 tests failed\n$/);
});

test('test --detailed-results explains what passed, --fail-only leaves it out of table and json', async () => {
  const folder = await world.suite('detail', result('good', 'pass') + result('bad', 'pass'));
  const detailed = await run(folder, '--detailed-results');
  assert.match(detailed.stdout, /^1\. .*\n {3}verified image signatures for /m);
  const failed = await run(folder, '--fail-only');
  assert.doesNotMatch(failed.stdout, /Pod\/default\/good/);
  assert.match(failed.stdout, /Test Summary: 1 tests passed and 1 tests failed/);
  assert.equal((await rowsOf(folder, '--fail-only')).length, 1);
});

test('test -o json tells the sum and every row', async () => {
  const folder = await world.suite(
    'json',
    result('good', 'pass') +
      result('bad', 'pass') +
      result('good', 'pass', ', isMutatingPolicy: true'),
  );
  const { code, stdout } = await run(folder, '-o', 'json');
  const { kind, summary, suites } = JSON.parse(stdout) as JsonResult;
  assert.equal(code, 1);
  assert.deepEqual(
    [kind, summary],
    ['TestResult', { passed: 1, failed: 1, undecided: 0, notHandled: 1 }],
  );
  assert.deepEqual(
    suites.map(({ name, path }) => [name, path]),
    [['json', `${folder}/kyverno-test.yaml`]],
  );
  const [good] = suites[0]?.results ?? [];
  assert.deepEqual(
    { ...good, details: good?.details.length },
    {
      policy: 'signed-images',
      rule: 'verify',
      resource: 'Pod/default/good',
      expected: 'pass',
      found: 'pass',
      status: 'passed',
      reason: 'as expected',
      details: 1,
    },
  );
});

test('test -o junit is XML with a failure, an error and a skipped test', async () => {
  const folder = await world.suite(
    'junit',
    result('good', 'pass') +
      result('bad', 'pass') +
      result('down', 'pass') +
      result('good', 'pass', ', isMutatingPolicy: true'),
  );
  await world.files.write(
    'junit/pods.yaml',
    podYaml('good', world.signed.reference) +
      podYaml('bad', `${world.registry.host}/acme/evil:1.0`) +
      podYaml('down', `${world.registry.host}/acme/broken:1`),
  );
  world.registry.addFault(
    { kind: 'status', status: 403 },
    { when: ({ url }) => url.pathname.includes('acme/broken') },
  );
  const { code, stdout } = await run(folder, '-o', 'junit');
  world.registry.clearFaults();
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="4" failures="1" errors="1" skipped="1">/,
  );
  assert.match(
    stdout,
    /<testcase classname="signed-images\.verify" name="Pod\/default\/bad">\n {6}<failure message="want pass, got fail">failed to verify image/,
  );
  assert.match(stdout, /name="Pod\/default\/down">\n {6}<error message="want pass, got error">/);
  assert.match(stdout, /<skipped message="not handled here">/);
});

test('test -o junit tells cases of one rule and object apart by a number', async () => {
  const folder = await world.suite(
    'twice',
    result('good', 'pass') + result('good', 'fail') + result('good', 'skip', ', operation: DELETE'),
  );
  const { stdout } = await run(folder, '-o', 'junit');
  assert.deepEqual(
    [...stdout.matchAll(/<testcase (.*)>/g)].map(([, names]) => names),
    ['', ' (2)', ' (3)'].map(
      (number) => `classname="signed-images.verify" name="Pod/default/good${number}"`,
    ),
  );
});

async function policyText(suite: string): Promise<string> {
  return readFile(world.files.path(`${suite}/policy.yaml`), 'utf8');
}

test('test -o junit writes marks of XML as entities, and no control characters', async () => {
  const folder = await world.suite('xml', result('good', 'pass'));
  await world.files.write(
    'xml/kyverno-test.yaml',
    suiteYaml('xml', result('"<a>&\\u0007\\"b"', 'pass')),
  );
  const { stdout } = await run(folder, '-o', 'junit');
  assert.match(stdout, /name="&lt;a&gt;&amp;&quot;b"/);
});

test('test finds suites in folders inside folders, by name, and takes files by themselves', async () => {
  const folder = await world.suite('deep/one', result('good', 'pass'));
  await world.suite('deep/inner/two', result('bad', 'fail'));
  await world.files.write('deep/one/other.yaml', suiteYaml('other', result('good', 'fail')));
  const names = async (...argv: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await runCli(['test', ...argv, '-o', 'json'], { env: world.env });
    return (JSON.parse(stdout) as JsonResult).suites.map(({ name }) => name);
  };
  assert.deepEqual(await names(world.files.path('deep')), ['deep/inner/two', 'deep/one']);
  assert.deepEqual(await names(folder, '-f', 'other.yaml'), ['other']);
  assert.deepEqual(await names(`${folder}/other.yaml`, folder), ['other', 'deep/one']);
});

/** Selector, and the resources of the tests that are then run. */
const SELECTORS: readonly (readonly [string, readonly string[]])[] = [
  ['policy=*', ['good', 'bad']],
  ['resource=go*', ['good']],
  ['resource=default/bad', ['bad']],
  ['policy=signed-*,rule=verify,resource=b?d', ['bad']],
  ['rule=other', []],
  ['policy=other', []],
];

for (const [selector, names] of SELECTORS) {
  test(`test -t ${selector} runs ${names.join(' and ') || 'nothing'}`, async () => {
    const folder = await world.suite('select', result('good', 'pass') + result('bad', 'fail'));
    const rows = await rowsOf(folder, '-t', selector);
    assert.deepEqual(
      rows.map(({ resource }) => resource),
      names.map((name) => `Pod/default/${name}`),
    );
  });
}

test('test with nothing to run says so, and exits 2 with --require-tests', async () => {
  const folder = await world.suite('nothing', result('good', 'pass'));
  const argv = ['-t', 'policy=other'];
  const tolerant = await run(folder, ...argv);
  assert.equal(tolerant.code, 0);
  assert.match(tolerant.stderr, /^Warning: Cannot find a test to run in /);
  assert.match(tolerant.stdout, /^Test Summary: 0 tests passed and 0 tests failed$/m);
  const strict = await run(folder, ...argv, '--require-tests');
  assert.deepEqual([strict.code, strict.stdout], [2, '']);
  const foreign = result('good', 'pass', ', isMutatingPolicy: true');
  assert.equal((await run(await world.suite('foreign', foreign), '--require-tests')).code, 2);
});

test('test shows rules of other engines as not handled, and judges the others', async () => {
  const folder = await world.suite(
    'mixed',
    [
      '  - { policy: mixed, rule: labels, resources: [good], result: pass }\n',
      '  - { policy: mixed, rule: digest, resources: [good], result: fail }\n',
      '  - { policy: mixed, resources: [good], result: fail }\n',
      '  - { policy: others, rule: labels, resources: [good], result: pass }\n',
    ].join(''),
  );
  const mutate = `    - name: labels
      match: { any: [{ resources: { kinds: [Pod] } }] }
      mutate: { patchStrategicMerge: { metadata: { labels: { a: b } } } }
`;
  const digest = DIGEST_PATTERN_POLICY.replace('verify-image-signature', 'mixed').replace(
    'check-image-signature',
    'digest',
  );
  const head =
    'apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: { name: others }\nspec:\n';
  await world.files.write('mixed/policy.yaml', `${digest}${mutate}---\n${head}  rules:\n${mutate}`);
  const rows = await rowsOf(folder);
  assert.deepEqual(
    rows.map(({ policy, rule, status, found }) => [policy, rule, status, found]),
    [
      ['mixed', 'labels', 'not handled', null],
      ['mixed', 'digest', 'passed', 'fail'],
      ['mixed', '*', 'not handled', null],
      ['mixed', 'digest', 'passed', 'fail'],
      ['others', 'labels', 'not handled', null],
    ],
  );
  const { code, stdout } = await run(folder);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^Test Summary: 2 tests passed and 0 tests failed, 3 are not handled here$/m,
  );
  assert.match(stdout, /such mutate rules are not about image signatures/);
});

test('test judges workloads by the rules that are generated for them', async () => {
  const folder = await world.suite(
    'autogen',
    ['verify', 'autogen-verify']
      .map((rule) => result('web', 'fail').replace('rule: verify', `rule: ${rule}`))
      .join('')
      .replaceAll('kind: Pod', 'kind: Deployment'),
  );
  await world.files.write(
    'autogen/pods.yaml',
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: default }
spec:
  template:
    spec:
      containers: [{ name: app, image: "${world.registry.host}/acme/evil:1.0" }]
`,
  );
  const rows = await rowsOf(folder);
  assert.deepEqual(
    rows.map(({ rule, status }) => [rule, status]),
    [
      ['autogen-verify', 'passed'],
      ['autogen-verify', 'passed'],
    ],
  );
});

/** An expected object, what else the entry says, the status and what is told. */
const PATCHED: readonly (readonly [string, (pinned: string) => string, string, string, RegExp])[] =
  [
    ['the pinned digest', (pinned) => podYaml('good', pinned), '', 'passed', /verified/],
    [
      'the tag as it was',
      (pinned) => podYaml('good', pinned.replace(/@.*/, '')),
      '',
      'failed',
      /at \/spec\/containers\/0\/image: want ".*:1\.0", got ".*:1\.0@sha256:/,
    ],
    ['another object', (pinned) => podYaml('other', pinned), '', 'passed', /verified/],
    [
      'another object, where one must be',
      (pinned) => podYaml('other', pinned),
      ', failOnMissingResources: true',
      'failed',
      /"patched\.yaml" has no Pod "good"/,
    ],
  ];

for (const [what, yaml, more, status, told] of PATCHED) {
  test(`test: patchedResources with ${what} is ${status}`, async () => {
    const entry = result('good', 'pass', `, patchedResources: patched.yaml${more}`);
    const folder = await world.suite('patched', entry);
    await world.files.write('patched/patched.yaml', yaml(world.signed.pinned));
    const [row] = await rowsOf(folder);
    assert.equal(row?.status, status);
    assert.match(row?.details.join('\n') ?? '', told);
  });
}

/** Entries without attestors, the image, and what Kyverno's own suites expect of them. */
const WITHOUT_ATTESTORS: readonly (readonly [string, string, 'tag' | 'digest', string])[] = [
  ['verifyDigest of a tag', 'verifyDigest: true, required: false', 'tag', 'fail'],
  ['verifyDigest of a digest', 'verifyDigest: true, required: false', 'digest', 'pass'],
  ['required, which nothing can fulfil', 'verifyDigest: false, required: true', 'tag', 'fail'],
  ['nothing at all', 'verifyDigest: false, required: false', 'tag', 'skip'],
];

for (const [what, fields, form, expected] of WITHOUT_ATTESTORS) {
  test(`test: an entry without attestors that asks for ${what} is a ${expected}`, async () => {
    const entry = `  - { policy: bare, rule: check, kind: Pod, resources: [test/bare], result: ${expected} }\n`;
    const folder = await world.suite('bare', entry);
    await world.files.write(
      'bare/policy.yaml',
      `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: bare
  annotations: { pod-policies.kyverno.io/autogen-controllers: none }
spec:
  rules:
    - name: check
      match: { any: [{ resources: { kinds: [Pod] } }] }
      verifyImages:
        - { imageReferences: ["*"], failureAction: Audit, mutateDigest: false, ${fields} }
`,
    );
    const image = form === 'tag' ? world.signed.reference : world.signed.pinned;
    const pod = podYaml('bare', image).replace('name: bare', 'name: bare\n  namespace: test');
    await world.files.write('bare/pods.yaml', pod);
    const rows = await rowsOf(folder);
    assert.deepEqual(
      rows.map(({ found, status }) => [found, status]),
      [[expected, 'passed']],
      JSON.stringify(rows),
    );
  });
}

test('test: policies.kyverno.io/scored "false" makes a warning of a failure', async () => {
  const folder = await world.suite('scored', result('bad', 'warn'));
  const policy = (await policyText('scored')).replace(
    'name: signed-images',
    'name: signed-images\n  annotations: { policies.kyverno.io/scored: "false" }',
  );
  await world.files.write('scored/policy.yaml', policy);
  assert.deepEqual(
    (await rowsOf(folder)).map(({ found, status }) => [found, status]),
    [['warn', 'passed']],
  );
});

/** Values in the suite, and whether the rule for namespaces with env=prod reaches the Pod. */
const VALUES: readonly (readonly [string, string, string, string])[] = [
  [
    'labels that match',
    'namespaceSelector: [{ name: default, labels: { env: prod } }]',
    'fail',
    'as expected',
  ],
  [
    'labels that do not',
    'namespaceSelector: [{ name: default, labels: { env: dev } }]',
    'skip',
    'excluded',
  ],
  [
    'a namespace',
    'namespaces: [{ metadata: { name: default, labels: { env: prod } } }]',
    'fail',
    'as expected',
  ],
  ['an operation', 'globalValues: { request.operation: DELETE }', 'skip', 'excluded'],
  [
    'a namespace, which comes before labels for its name,',
    'namespaceSelector: [{ name: default, labels: { env: dev } }], namespaces: [{ metadata: { name: default, labels: { env: prod } } }]',
    'fail',
    'as expected',
  ],
];

for (const [what, values, expected, reason] of VALUES) {
  for (const form of ['values', 'variables']) {
    test(`test: ${what} in ${form} decides which rules apply`, async () => {
      const more = form === 'values' ? `values: { ${values} }\n` : 'variables: values.yaml\n';
      const folder = await world.suite('values', result('bad', expected), more);
      await world.files.write(
        'values/values.yaml',
        `apiVersion: cli.kyverno.io/v1alpha1\nkind: Values\n${values.replaceAll('], ', ']\n')}\n`,
      );
      const policy = (await policyText('values')).replace(
        'kinds: [Pod]',
        'kinds: [Pod]\n              namespaceSelector: { matchLabels: { env: prod } }',
      );
      await world.files.write('values/policy.yaml', policy);
      const rows = await rowsOf(folder);
      assert.deepEqual(
        rows.map((row) => [row.status, row.reason]),
        [['passed', reason]],
        JSON.stringify(rows),
      );
    });
  }
}

/** What decides whether the digest rule finds what it wants: extra fields of the suite, and the result. */
const CONTEXTS: readonly (readonly [string, string, string, string])[] = [
  ['a ConfigMap among the objects', 'configMap: { name: wanted, namespace: default }', '', 'pass'],
  [
    'an answer to a call of the API server',
    'apiCall: { urlPath: /api/v1/wanted }',
    'apiCallResponses: [{ urlPath: /api/v1/wanted, method: GET, response: { body: { data: { tag: "*:1.0" } } } }]\n',
    'pass',
  ],
  [
    'an answer to a call of a service',
    'apiCall: { method: GET, service: { url: "https://wanted.example" } }',
    'apiCallResponses: [{ url: "https://wanted.example", response: { body: { data: { tag: "*:2.0" } } } }]\n',
    'fail',
  ],
  [
    'a refusal',
    'apiCall: { urlPath: /api/v1/wanted }',
    'apiCallResponses: [{ urlPath: /api/v1/wanted, response: { statusCode: 404, body: {} } }]\n',
    'error',
  ],
  ['no answer', 'apiCall: { urlPath: /api/v1/wanted }', '', 'error'],
  [
    'an entry of the global context',
    'globalReference: { name: wanted }',
    'globalContextEntries: [{ name: wanted, fieldPath: inner, data: { inner: { data: { tag: "*:1.0" } } } }]\n',
    'pass',
  ],
  [
    'a projection of such an entry',
    'globalReference: { name: wanted.part }',
    'globalContextEntries: [{ name: wanted, projections: [{ name: part, path: "{ data: x }" }], data: { x: { tag: "*:1.0" } } }]\n',
    'pass',
  ],
  [
    'objects of a file as such an entry',
    'globalReference: { name: wanted, jmesPath: "[0]" }',
    'globalContextEntries: [{ name: wanted, resourceFiles: [map.yaml] }]\n',
    'pass',
  ],
  [
    'values for the rule, which come before a call',
    'apiCall: { urlPath: /api/v1/wanted }',
    'values: { policies: [{ name: tags, rules: [{ name: tag, values: { wanted.data.tag: "*:1.0" } }] }] }\n',
    'pass',
  ],
  [
    'values for the object',
    'apiCall: { urlPath: /api/v1/wanted }',
    'values: { policies: [{ name: tags, resources: [{ name: other, values: { wanted.data.tag: "*:9" } }, { name: good, values: { wanted.data.tag: "*:1.0" } }] }] }\n',
    'pass',
  ],
  [
    'values for the rule, which come before those for the object',
    'apiCall: { urlPath: /api/v1/wanted }',
    'values: { policies: [{ name: tags, rules: [{ name: tag, values: { wanted.data.tag: "*:1.0" } }], resources: [{ name: good, values: { wanted.data.tag: "*:9" } }] }] }\n',
    'pass',
  ],
  [
    'values for everything',
    'apiCall: { urlPath: /api/v1/wanted }',
    'values: { globalValues: { wanted.data.tag: "*:1.0" } }\n',
    'pass',
  ],
  [
    'values for the object, which come before those for everything',
    'apiCall: { urlPath: /api/v1/wanted }',
    'values: { globalValues: { wanted.data.tag: "*:1.0" }, policies: [{ name: tags, resources: [{ name: good, values: { wanted.data.tag: "*:9" } }] }] }\n',
    'fail',
  ],
  [
    'the first of the values for elements',
    'apiCall: { urlPath: /api/v1/wanted }',
    'values: { policies: [{ name: tags, rules: [{ name: tag, foreachValues: { wanted.data.tag: ["*:1.0", "*:9"] } }] }] }\n',
    'pass',
  ],
  [
    'a variable, which is computed although it has a value',
    'variable: { value: { data: { tag: "*:1.0" } } }',
    'values: { globalValues: { wanted.data.tag: "*:9" } }\n',
    'pass',
  ],
];

/** Values of the request, the rule that asks for it, and what becomes of the object. */
const REQUESTS: readonly (readonly [string, string, string, string])[] = [
  [
    'request.operation for an object reaches a rule about updates',
    'policies: [{ name: asked, resources: [{ name: good, values: { request.operation: UPDATE } }] }]',
    'operations: [UPDATE]',
    'fail',
  ],
  [
    'request.operation for an object comes before that for everything',
    'globalValues: { request.operation: UPDATE }, policies: [{ name: asked, resources: [{ name: good, values: { request.operation: CREATE } }] }]',
    'operations: [UPDATE]',
    'skip',
  ],
  [
    'request.operation for an object of another policy says nothing',
    'policies: [{ name: other, resources: [{ name: good, values: { request.operation: UPDATE } }] }]',
    'operations: [UPDATE]',
    'skip',
  ],
  [
    'request.operation for a rule is for its variables only',
    'policies: [{ name: asked, rules: [{ name: check, values: { request.operation: UPDATE } }] }]',
    'operations: [UPDATE]',
    'skip',
  ],
  [
    'a label for an object decides which rules apply',
    'policies: [{ name: asked, resources: [{ name: good, values: { request.object.metadata.labels."example.com/team": shop } }] }]',
    'selector: { matchLabels: { example.com/team: shop } }',
    'fail',
  ],
  [
    'a label for a rule does not decide which rules apply',
    'policies: [{ name: asked, rules: [{ name: check, values: { request.object.metadata.labels."example.com/team": shop } }] }]',
    'selector: { matchLabels: { example.com/team: shop } }',
    'skip',
  ],
];

for (const [what, values, match, expected] of REQUESTS) {
  test(`test: of values, ${what}`, async () => {
    const tested = `  - { policy: asked, rule: check, resources: [good], result: ${expected} }\n`;
    const folder = await world.suite('asked', tested, `values: { ${values} }\n`);
    await world.files.write(
      'asked/policy.yaml',
      `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: asked }
spec:
  rules:
    - name: check
      match: { any: [{ resources: { kinds: [Pod], ${match} } }] }
      validate:
        failureAction: Enforce
        message: refused
        pattern: { spec: { containers: [{ image: "*:never" }] } }
`,
    );
    const rows = await rowsOf(folder);
    assert.deepEqual(
      rows.map(({ found, status }) => [found, status]),
      [[expected, 'passed']],
      JSON.stringify(rows),
    );
  });
}

/** Values of the request, a variable, and what it is replaced by. */
const REQUEST_VARIABLES: readonly (readonly [string, string, string, string])[] = [
  [
    'a field for the rule is put over that of the object',
    'policies: [{ name: asked, rules: [{ name: check, values: { request.object.spec.serviceAccountName: robot } }] }]',
    '{{ request.object.spec.serviceAccountName }} {{ request.object.metadata.name }}',
    'robot good',
  ],
  [
    'a field for the rule comes before that for the object and for everything',
    'globalValues: { request.mode: a }, policies: [{ name: asked, rules: [{ name: check, values: { request.mode: c } }], resources: [{ name: good, values: { request.mode: b } }] }]',
    '{{ request.mode }}',
    'c',
  ],
  [
    'a namespace of another name is a variable only',
    'globalValues: { request.namespace: elsewhere }',
    '{{ request.namespace }} {{ request.object.metadata.name }}',
    'elsewhere good',
  ],
  [
    'the operation for everything is known to variables',
    'globalValues: { request.operation: UPDATE }',
    '{{ request.operation }}',
    'UPDATE',
  ],
  [
    'the operation for a rule is known to variables',
    'policies: [{ name: asked, rules: [{ name: check, values: { request.operation: UPDATE } }] }]',
    '{{ request.operation }}',
    'UPDATE',
  ],
  [
    'the object before an update is the object with what is given for it',
    'globalValues: { request.operation: UPDATE, request.oldObject.metadata.labels.was: here }',
    '{{ request.oldObject.metadata.labels.was }} {{ request.oldObject.metadata.name }}',
    'here good',
  ],
  [
    'a value with a backtick and a quote stays as it is',
    'globalValues: { request.mode: "`a\'\\"`" }',
    '{{ request.mode }}',
    '`a\'"`',
  ],
];

for (const [what, values, variable, text] of REQUEST_VARIABLES) {
  test(`test: of values, ${what}`, async () => {
    const tested = '  - { policy: asked, rule: check, resources: [good], result: pass }\n';
    const folder = await world.suite('variables', tested, `values: { ${values} }\n`);
    await world.files.write(
      'variables/policy.yaml',
      `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: asked }
spec:
  rules:
    - name: check
      match: { any: [{ resources: { kinds: [Pod] } }] }
      validate:
        failureAction: Enforce
        message: ${JSON.stringify(`[${variable}]`)}
        pattern: { spec: { containers: [{ image: "*:never" }] } }
`,
    );
    const [row] = await rowsOf(folder);
    assert.equal(row?.found, 'fail', JSON.stringify(row));
    assert.ok(row.details.join('\n').includes(`[${text}]`), row.details.join('\n'));
  });
}

const CONFIG_MAP = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: wanted, namespace: default }
data: { tag: "*:1.0" }
`;

for (const [what, entry, more, expected] of CONTEXTS) {
  test(`test: context from ${what} makes the rule ${expected}`, async () => {
    const tested = `  - { policy: tags, rule: tag, resources: [good], result: ${expected} }\n`;
    const folder = await world.suite('context', tested, more);
    await world.files.write(
      'context/policy.yaml',
      `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: tags }
spec:
  rules:
    - name: tag
      match: { any: [{ resources: { kinds: [Pod] } }] }
      context: [{ name: wanted, ${entry} }]
      validate:
        failureAction: Enforce
        message: the tag
        pattern: { spec: { containers: [{ image: "{{ wanted.data.tag }}" }] } }
`,
    );
    await world.files.write('context/map.yaml', CONFIG_MAP);
    await world.files.write(
      'context/pods.yaml',
      podYaml('good', world.signed.reference) + CONFIG_MAP,
    );
    const rows = await rowsOf(folder);
    assert.deepEqual(
      rows.map(({ found, status }) => [found, status]),
      [[expected, 'passed']],
      JSON.stringify(rows),
    );
  });
}

for (const [what, path, expected] of [
  ['the architecture in its configuration', 'configData.architecture', 'amd64'],
  ['its resolved name', 'resolvedImage', '127.0.0.1:*/acme/app@sha256:*'],
  ['that it is no index', "manifestList || 'single'", 'single'],
  ['its tag', 'identifier', '1.0'],
] as const) {
  test(`test: context from a registry tells of an image ${what}`, async () => {
    const tested = '  - { policy: data, rule: look, resources: [good], result: pass }\n';
    const folder = await world.suite('images', tested);
    await world.files.write(
      'images/policy.yaml',
      `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: data }
spec:
  rules:
    - name: look
      match: { any: [{ resources: { kinds: [Pod] } }] }
      context:
        - name: found
          imageRegistry:
            reference: "{{ request.object.spec.containers[0].image }}"
            jmesPath: ${JSON.stringify(path)}
      validate:
        failureAction: Enforce
        message: found {{ found }}
        deny: { conditions: { all: [{ key: "{{ found }}", operator: NotEquals, value: "${expected}" }] } }
`,
    );
    const file = world.files.path('images.gz');
    for (const flag of ['--record', '--replay']) {
      const rows = await rowsOf(folder, flag, file);
      assert.deepEqual(
        rows.map(({ found }) => found),
        ['pass'],
        JSON.stringify(rows),
      );
    }
  });
}

test('test: an exception of the suite makes a skip of the rule that it names', async () => {
  const folder = await world.suite(
    'excepted',
    result('bad', 'skip'),
    'exceptions: [exception.yaml]\n',
  );
  await world.files.write(
    'excepted/exception.yaml',
    `apiVersion: kyverno.io/v2
kind: PolicyException
metadata: { name: bad-is-good }
spec:
  match: { any: [{ resources: { kinds: [Pod], names: [bad] } }] }
  exceptions: [{ policyName: signed-images, ruleNames: [verify] }]
`,
  );
  const [row] = await rowsOf(folder);
  assert.deepEqual([row?.found, row?.status, row?.reason], ['skip', 'passed', 'as expected']);
  assert.match(row?.details.join() ?? '', /default\/bad-is-good/);
});

for (const [username, expected] of [
  ['mallory', 'fail'],
  ['ada', 'skip'],
] as const) {
  test(`test: userinfo of ${username} decides whether a rule applies`, async () => {
    const folder = await world.suite('users', result('bad', expected), 'userinfo: user.yaml\n');
    await world.files.write(
      'users/user.yaml',
      `apiVersion: cli.kyverno.io/v1alpha1\nkind: UserInfo\nuserInfo: { username: ${username} }\n`,
    );
    const policy = (await policyText('users'))
      .replace(
        'kinds: [Pod]',
        'kinds: [Pod]\n            subjects: [{ kind: User, name: mallory }]',
      )
      .replace('\nspec:\n', '\nspec:\n  background: false\n');
    await world.files.write('users/policy.yaml', policy);
    const rows = await rowsOf(folder);
    assert.deepEqual(
      rows.map(({ status }) => status),
      ['passed'],
      JSON.stringify(rows),
    );
  });
}

test('test: a rule that hangs on labels which the suite does not give is undecided, exit 3', async () => {
  const folder = await world.suite('unlabelled', result('bad', 'skip'));
  const policy = (await policyText('unlabelled')).replace(
    'kinds: [Pod]',
    'kinds: [Pod]\n              namespaceSelector: { matchLabels: { env: prod } }',
  );
  await world.files.write('unlabelled/policy.yaml', policy);
  const { code, stdout } = await run(folder);
  assert.equal(code, 3);
  assert.match(stdout, /no Namespace "default" is among the given files/);
});

/** What is wrong with the suite, and what is said. */
const FAULTY: readonly (readonly [string, (suite: string) => string, RegExp])[] = [
  [
    'another kind',
    (text) => text.replace('kind: Test', 'kind: Toast'),
    /:2:1: kind: found "Toast", expected "Test"/,
  ],
  [
    'another version',
    (text) => text.replace('v1alpha1', 'v1'),
    /apiVersion: found "cli\.kyverno\.io\/v1"/,
  ],
  [
    'an unknown field',
    (text) => text.replace('policies:', 'polices:'),
    /polices: unknown field, did you mean "policies"\?/,
  ],
  [
    'an unknown result',
    (text) => text.replace('result: pass', 'result: ok'),
    /:10:\d+: results\[0\]\.result: found "ok", expected "pass", "fail"/,
  ],
  [
    'no policy',
    (text) => text.replace('policy: signed-images,', ''),
    /results\[0\]\.policy: missing/,
  ],
  [
    'an unknown operation',
    (text) => text.replace('result: pass', 'result: pass, operation: CONNECT'),
    /results\[0\]\.operation: found "CONNECT"/,
  ],
  ['a list', () => '[]', /expected a test suite/],
  [
    'a file that is not there',
    (text) => text.replace('pods.yaml', 'pds.yaml'),
    /Cannot read ".*pds\.yaml": no such file/,
  ],
  [
    'a call without a place or an answer',
    (text) => `${text}apiCallResponses: [{ method: GET }]\n`,
    /apiCallResponses\[0\]: found none or both[^]*apiCallResponses\[0\]\.response: missing/,
  ],
  [
    'a global entry without data',
    (text) => `${text}globalContextEntries: [{ name: a }]\n`,
    /globalContextEntries\[0\]: found 0, expected one of "data"/,
  ],
  ['no YAML', () => '{', /expected valid YAML/],
  [
    'values that are no labels',
    (text) => `${text}values: { namespaceSelector: [{ name: a, labels: { b: 1 } }] }\n`,
    /Cannot use the values in ".*":[^]*values\.namespaceSelector\[0\]: found a namespace/,
  ],
  [
    'an unknown operation for an object',
    (text) =>
      `${text}values: { policies: [{ name: a, resources: [{ name: b, values: { request.operation: PATCH } }] }] }\n`,
    /kyverno-test\.yaml:\d+:\d+: values\.policies\[0\]\.resources\[0\]\.values\["request\.operation"\]: found "PATCH", expected "CREATE", /,
  ],
  [
    'values that nobody knows',
    (text) => `${text}values: { globalValue: { request.operation: UPDATE } }\n`,
    /values\.globalValue: unknown field, did you mean "globalValues"\?/,
  ],
  [
    'a value whose name has a lonely quote',
    (text) => `${text}values: { globalValues: { 'a."b': c } }\n`,
    /values\.globalValues\["a\.\\"b"\]: found a quote/,
  ],
  [
    'values for elements that are no list',
    (text) =>
      `${text}values: { policies: [{ name: a, rules: [{ name: b, foreachValues: { c: d } }] }] }\n`,
    /rules\[0\]\.foreachValues: "c" is no list/,
  ],
  [
    'an object that stands for a subresource',
    (text) =>
      `${text}values: { subresources: [{ subresource: { version: v1, kind: Pod, name: pods/x } }] }\n`,
    /values\.subresources\[0\] of its values is not handled: an object is of kind Pod/,
  ],
];

for (const [what, change, message] of FAULTY) {
  test(`test refuses a suite with ${what}, exit 2, and runs nothing`, async () => {
    const folder = await world.suite('faulty', result('good', 'pass'));
    const text = change(suiteYaml('faulty', result('good', 'pass')));
    await world.files.write('faulty/kyverno-test.yaml', text);
    const { code, stdout, stderr } = await run(folder);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
  });
}

test('test refuses a faulty policy with file, line and field, exit 2', async () => {
  const folder = await world.suite('typo', result('good', 'pass'));
  const policy = (await policyText('typo')).replace('imageReferences', 'imageReference');
  await world.files.write('typo/policy.yaml', policy);
  const { code, stderr } = await run(folder);
  assert.equal(code, 2);
  assert.match(stderr, /policy\.yaml:\d+:\d+: spec\.rules\[0\]\.verifyImages\[0\]\.imageReference/);
});

test('test: kinds that stand for subresources say nothing where no policy is about images', async () => {
  const values = 'values: { subresources: [{ subresource: { version: v1, kind: Pod } }] }\n';
  const tested = '  - { policy: copies, rule: copy, resources: [good], result: pass }\n';
  const folder = await world.suite('copies', tested, values);
  await world.files.write(
    'copies/policy.yaml',
    `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: copies }
spec:
  rules:
    - name: copy
      match: { any: [{ resources: { kinds: [Namespace] } }] }
      generate: { apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {} }
`,
  );
  const { code, stdout, stderr } = await run(folder);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /1 are not handled here/);
});

/** Command line and message. */
const USAGE: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /missing argument: expected FOLDER\|FILE\.\.\./],
  [['x', '--record', 'a', '--replay', 'b'], /exclude each other/],
  [['x', '--live', '--replay', 'b'], /exclude each other/],
  [['x', '--replay', 'b', '--trusted-root', 'c'], /a recording has its own trust root/],
  [['x', '-o', 'yaml'], /allowed formats are: table,json,junit/],
  [['x', '-t', 'kind=Pod'], /found "kind=Pod", must be policy=NAME, rule=NAME or resource=NAME/],
  [['/nowhere'], /Cannot search "\/nowhere" for test suites: ENOENT/],
];

for (const [argv, message] of USAGE) {
  test(`test refuses the command line ${JSON.stringify(argv.join(' '))}`, async () => {
    const { code, stdout, stderr } = await runCli(['test', ...argv]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, message);
  });
}
