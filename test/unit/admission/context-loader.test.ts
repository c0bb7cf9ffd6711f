import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import { ContextLoader, MAX_CONTEXT_BYTES } from '#shared/admission/context/context-loader.ts';
import { ContextError, type ContextErrorCode } from '#shared/admission/context/context-error.ts';
import {
  type ContextSources,
  NO_CONTEXT_SOURCES,
} from '#shared/admission/context/context-sources.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { elementScope } from '#shared/condition/element-scope.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { FixedScope } from '#shared/condition/fixed-scope.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { substitute } from '#shared/condition/variables/substitute.ts';
import { Fields } from '#shared/policy/fields.ts';
import { readContext } from '#shared/policy/read-context.ts';
import type { ContextEntry } from '#shared/policy/context-entry.ts';

const BELOW = new FixedScope({
  request: { namespace: 'prod', object: { metadata: { name: 'pod', labels: { team: 'a' } } } },
});

/** What every source answers, with a note of what was asked. */
class Sources implements ContextSources {
  readonly hosts = NO_CONTEXT_SOURCES.hosts;
  readonly asked: string[] = [];
  readonly #answers: Readonly<Record<string, JsonValue | Error>>;

  constructor(answers: Readonly<Record<string, JsonValue | Error>> = {}) {
    this.#answers = answers;
  }

  readConfigMap({ namespace, name }: { namespace: string; name: string }) {
    return this.#answer(`configmap ${namespace}/${name}`) as Promise<JsonObject | undefined>;
  }

  apiCall({ method, data, target }: Parameters<ContextSources['apiCall']>[0]) {
    const place = target.kind === 'service' ? target.url : target.urlPath;
    return this.#answer(
      `${method} ${place}${data.length > 0 ? ` ${JSON.stringify(data)}` : ''}`,
    ) as Promise<JsonValue>;
  }

  imageData({ reference, namespace }: Parameters<ContextSources['imageData']>[0]) {
    return this.#answer(`image ${reference} for ${namespace}`) as Promise<JsonValue>;
  }

  globalEntry({ name, projection }: { name: string; projection: string }) {
    return this.#answer(`global ${name}.${projection}`);
  }

  #answer(question: string): Promise<JsonValue | undefined> {
    this.asked.push(question);
    const answer = this.#answers[question];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

function entries(written: JsonValue): readonly ContextEntry[] {
  return readContext(new Fields({ context: written }, '', []));
}

interface Setup {
  readonly answers?: Readonly<Record<string, JsonValue | Error>>;
  readonly policyNamespace?: string;
  readonly signal?: AbortSignal;
}

interface Loaded {
  readonly loader: ContextLoader;
  readonly sources: Sources;
  /** The value of a text with variables. */
  readonly text: (written: JsonValue) => Promise<JsonValue>;
}

const clock = { now: (): number => 0 };

function textOf(loader: ContextLoader): Loaded['text'] {
  return (written) =>
    loader.evaluate((scope) =>
      substitute(written, scope, {
        budget: new EvaluationBudget(),
        clock,
        hosts: NO_HOST_ADDRESSES,
      }),
    );
}

function load(written: JsonValue, { answers, policyNamespace, signal }: Setup = {}): Loaded {
  const sources = new Sources(answers);
  const budget = new EvaluationBudget();
  const hosts = NO_HOST_ADDRESSES;
  const options = { sources, budget, clock, hosts, policyNamespace, signal };
  const loader = new ContextLoader(entries(written), BELOW, options);
  return { loader, sources, text: textOf(loader) };
}

function variable(name: string, fields: JsonObject): JsonObject {
  return { name, variable: fields };
}

function configMap(name: string, of = name, namespace = 'tools'): JsonObject {
  return { name, configMap: { name: of, namespace } };
}

const KEYS = { data: { prod: 'key-1', 'list.txt': 'a\nb' }, metadata: { name: 'keys' } };

test('context: an entry that nobody needs is never fetched', async () => {
  const { text, sources } = load([configMap('keys'), variable('v', { value: 'x' })]);
  assert.equal(await text('{{ v }} {{ request.namespace }}'), 'x prod');
  assert.deepEqual(sources.asked, []);
});

test('context: an entry is fetched once, however often and at however many places it is needed', async () => {
  const { text, sources } = load([configMap('keys')], {
    answers: { 'configmap tools/keys': KEYS },
  });
  const found = await Promise.all([
    text('{{ keys.data.prod }}'),
    text('{{ keys.data.{{ request.namespace }} }} {{ keys.metadata.name }}'),
  ]);
  assert.deepEqual(found, ['key-1', 'key-1 keys']);
  assert.deepEqual(sources.asked, ['configmap tools/keys']);
});

test('context: entries use those above them, which are fetched first', async () => {
  const { text, sources } = load(
    [
      variable('ns', { jmesPath: 'request.namespace' }),
      {
        name: 'keys',
        configMap: { name: 'keys-{{ ns }}', namespace: '{{ team.data.namespace }}' },
      },
      configMap('team'),
      variable('key', { value: '{{ keys.data.prod }}' }),
    ],
    { answers: { 'configmap tools/team': { data: { namespace: 'a' } } } },
  );
  await assert.rejects(text('{{ key }}'), /failed to resolve team.data.namespace/);
  assert.deepEqual(sources.asked, []);
  const ordered = load(
    [
      configMap('team'),
      { name: 'keys', configMap: { name: 'keys', namespace: '{{ team.data.namespace }}' } },
      variable('key', { value: '{{ keys.data.prod }}!' }),
    ],
    { answers: { 'configmap tools/team': { data: { namespace: 'a' } }, 'configmap a/keys': KEYS } },
  );
  assert.equal(await ordered.text('{{ key }}'), 'key-1!');
  assert.deepEqual(ordered.sources.asked, ['configmap tools/team', 'configmap a/keys']);
});

test('context: an entry never sees itself', async () => {
  const { text } = load([variable('a', { value: '{{ a }}' })]);
  await assert.rejects(
    text('{{ a }}'),
    (error) => error instanceof ConditionError && error.code === 'UNRESOLVED_VARIABLE',
  );
});

test('context: of variables with one name the last wins, and sees the one before', async () => {
  const { text } = load([
    variable('a', { value: { x: 1, y: 1 } }),
    variable('a', { value: { x: '{{ a.x }}{{ a.x }}' } }),
  ]);
  assert.deepEqual(await text('{{ a }}'), { x: '11' });
});

test('context: fetched mappings of one name are merged, the last on top', async () => {
  const { text } = load([configMap('c', 'one'), configMap('c', 'two')], {
    answers: {
      'configmap tools/one': { data: { a: '1', b: '1' }, metadata: { name: 'one' } },
      'configmap tools/two': { data: { b: '2' }, metadata: { name: 'two' } },
    },
  });
  assert.deepEqual(await text('{{ c }}'), {
    data: { a: '1', b: '2' },
    metadata: { name: 'two' },
  });
});

/** Rule, entry fields, value or part of the error. Kyverno 1.19 */
const VARIABLES: readonly (readonly [string, JsonObject, JsonValue | RegExp])[] = [
  ['a value', { value: 'x' }, 'x'],
  ['a value with variables', { value: ['{{ request.namespace }}'] }, ['prod']],
  ['a value and an expression on it', { value: { a: [1, 2] }, jmesPath: 'a[1]' }, 2],
  ['an expression on what is known', { jmesPath: 'request.object.metadata.name' }, 'pod'],
  ['an expression with variables', { jmesPath: "request.{{ 'namespace' }}" }, 'prod'],
  ['a default for a field that is not there', { jmesPath: 'request.x', default: 'd' }, 'd'],
  ['a default with variables', { jmesPath: 'x', default: '{{ request.namespace }}' }, 'prod'],
  ['a default for null', { jmesPath: 'request.x || `null`', default: 'd' }, 'd'],
  ['no default for what is there', { jmesPath: 'request.namespace', default: 'd' }, 'prod'],
  ['no default for false', { jmesPath: '`false`', default: 'd' }, false],
  ['a default for a value without the field', { value: {}, jmesPath: 'a', default: 'd' }, 'd'],
  [
    'no default for a value whose field is null',
    { value: { a: null }, jmesPath: 'a', default: 'd' },
    /failed to add context entry for variable v since it evaluated to nil/,
  ],
  [
    'no value and no default',
    { jmesPath: 'request.x' },
    /failed to apply jmespath request.x to variable v/,
  ],
  ['null', { jmesPath: '`null`' }, /variable v since it evaluated to nil/],
];

for (const [rule, fields, expected] of VARIABLES) {
  test(`context: variable: ${rule}`, async () => {
    const { text } = load([variable('v', fields)]);
    if (expected instanceof RegExp) await assert.rejects(text('{{ v }}'), expected);
    else assert.deepEqual(await text('{{ v }}'), expected);
  });
}

test('context: ConfigMap: only data and metadata, in the namespace "default" where it becomes empty', async () => {
  const { text, sources } = load(
    [{ name: 'c', configMap: { name: 'keys', namespace: "{{ request.x || '' }}" } }],
    { answers: { 'configmap default/keys': { ...KEYS, binaryData: { x: 'y' } } } },
  );
  assert.deepEqual(await text('{{ c }}'), KEYS);
  assert.deepEqual(sources.asked, ['configmap default/keys']);
});

test('context: API call: variables, expression on the answer', async () => {
  const { text, sources } = load(
    [
      {
        name: 'count',
        apiCall: {
          urlPath: '/api/v1/namespaces/{{ request.namespace }}/pods',
          jmesPath: "items[?metadata.name == '{{ request.object.metadata.name }}'] | length(@)",
        },
      },
    ],
    {
      answers: {
        'GET /api/v1/namespaces/prod/pods': { items: [{ metadata: { name: 'pod' } }, {}] },
      },
    },
  );
  assert.equal(await text('{{ count }}'), 1);
  assert.deepEqual(sources.asked, ['GET /api/v1/namespaces/prod/pods']);
});

test('context: API call: data is sent to a service with its variables replaced', async () => {
  const { text, sources } = load(
    [
      {
        name: 's',
        apiCall: {
          method: 'POST',
          data: [{ key: 'labels', value: '{{ request.object.metadata.labels }}' }],
          service: { url: 'https://scan.{{ request.namespace }}/' },
        },
      },
    ],
    {
      answers: { 'POST https://scan.prod/ [{"key":"labels","value":{"team":"a"}}]': { ok: true } },
    },
  );
  assert.deepEqual(await text('{{ s }}'), { ok: true });
  assert.equal(sources.asked.length, 1);
});

test('context: API call: the default stands in for a call that fails, as it is', async () => {
  const call = { urlPath: '/api/v1/x', jmesPath: 'items', default: { plain: '{{ request.x }}' } };
  const { text } = load([{ name: 'c', apiCall: call }], {
    answers: { 'GET /api/v1/x': new Error('forbidden') },
  });
  assert.deepEqual(await text('{{ c }}'), { plain: '{{ request.x }}' });
});

test('context: API call: the default does not stand in for an expression that fails', async () => {
  const call = { urlPath: '/api/v1/x', jmesPath: 'items', default: 'd' };
  const { text } = load([{ name: 'c', apiCall: call }], { answers: { 'GET /api/v1/x': {} } });
  await assert.rejects(text('{{ c }}'), /Unknown key "items"/);
});

test('context: image data: with the namespace whose pull secrets may be used', async () => {
  const { text } = load(
    [
      {
        name: 'd',
        imageRegistry: { reference: 'ghcr.io/{{ request.namespace }}/app', jmesPath: 'configData' },
      },
    ],
    { answers: { 'image ghcr.io/prod/app for prod': { configData: { user: 'root' } } } },
  );
  assert.deepEqual(await text('{{ d.user }}'), 'root');
});

test('context: global entry: by name and projection', async () => {
  const { text } = load([{ name: 'g', globalReference: { name: 'all.names', jmesPath: '[0]' } }], {
    answers: { 'global all.names': ['x', 'y'] },
  });
  assert.equal(await text('{{ g }}'), 'x');
});

/** Rule, entry, answers, code, message. */
const FAULTS: readonly (readonly [
  string,
  JsonObject,
  Readonly<Record<string, JsonValue | Error>>,
  ContextErrorCode,
  RegExp,
])[] = [
  [
    'a ConfigMap that does not exist',
    configMap('c', 'keys'),
    {},
    'NO_VALUE',
    /^failed to get configmap tools\/keys: it does not exist$/,
  ],
  [
    'a ConfigMap that cannot be read',
    configMap('c', 'keys'),
    { 'configmap tools/keys': new Error('refused') },
    'SOURCE_FAILED',
    /^failed to get configmap tools\/keys: refused$/,
  ],
  [
    'a call that is refused',
    { name: 'c', apiCall: { urlPath: '/api/v1/pods' } },
    { 'GET /api/v1/pods': new ContextError('REFUSED', 'not yours') },
    'REFUSED',
    /^failed to GET resource with raw url: \/api\/v1\/pods: not yours$/,
  ],
  [
    'a call that fails',
    { name: 'c', apiCall: { urlPath: '/api/v1/pods' } },
    { 'GET /api/v1/pods': new Error('403') },
    'SOURCE_FAILED',
    /^failed to GET resource with raw url: \/api\/v1\/pods: 403$/,
  ],
  [
    'a global entry that does not exist',
    { name: 'c', globalReference: { name: 'x' } },
    {},
    'NO_VALUE',
    /^failed to fetch entry key=x: it does not exist$/,
  ],
  [
    'a name that is no text',
    configMap('c', '{{ request.object }}'),
    {},
    'WRONG_VALUE',
    /^failed to substitute variables in configMap.name \{\{ request.object \}\}: expected string/,
  ],
  [
    'more data than a rule may have',
    configMap('c', 'big'),
    { 'configmap tools/big': { data: { x: 'y'.repeat(MAX_CONTEXT_BYTES) } } },
    'TOO_LARGE',
    /^context size limit exceeded: \d+ bytes exceeds limit of 2097152 bytes$/,
  ],
];

for (const [rule, entry, answers, code, message] of FAULTS) {
  test(`context: fault: ${rule}, with and without a default in the expression`, async () => {
    const { text, sources } = load([entry], { answers });
    for (const written of ['{{ c }}', "{{ c.data.x || 'none' }}"]) {
      await assert.rejects(text(written), (error) => {
        assert.ok(error instanceof ContextError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    }
    assert.ok(sources.asked.length <= 1, 'asked once');
  });
}

test('context: a definite nothing takes the default of a variable, not having found out does not', async () => {
  const written = [configMap('c'), variable('v', { jmesPath: 'c.data.x', default: 'd' })];
  assert.equal(await load(written).text('{{ v }}'), 'd');
  const broken = load(written, { answers: { 'configmap tools/c': new Error('refused') } });
  await assert.rejects(
    broken.text('{{ v }}'),
    (error) => error instanceof ContextError && error.code === 'SOURCE_FAILED',
  );
});

test('context: the data of all entries counts together', async () => {
  const half = { data: { x: 'y'.repeat(MAX_CONTEXT_BYTES / 2) } };
  const { text } = load([configMap('a'), configMap('b')], {
    answers: { 'configmap tools/a': half, 'configmap tools/b': half },
  });
  const length = '{{ length(a.data.x) }}';
  assert.equal(await text(length), MAX_CONTEXT_BYTES / 2);
  await assert.rejects(text('{{ b.metadata }}'), /context size limit exceeded/);
});

test('context: a namespaced policy stays in its namespace (MNH-20)', async () => {
  const paths: readonly (readonly [string, boolean])[] = [
    ['/api/v1/namespaces/prod/pods', true],
    ['/api/v1/namespaces/prod', true],
    ['/apis/apps/v1/namespaces/prod/deployments/x?limit=1', true],
    ['/api/v1/namespaces/other/pods', false],
    ['/apis/apps/v1/namespaces/other/deployments', false],
    ['/api/v1/namespaces', false],
    ['/api/v1/pods', false],
    ['/api/v1/pods?x=/namespaces/prod', false],
    ['/api/v1/pods?/namespaces/prod/', false],
    ['/api/v1/namespaces/%70rod/pods', false],
    ['/api/v1/nodes/namespaces/prod', false],
    ['/apis/x/namespaces/prod', false],
    ['//api/v1/namespaces/prod', false],
    ['/version', false],
  ];
  for (const [urlPath, isInside] of paths) {
    const answers = { [`GET ${urlPath}`]: 'answer' };
    const { text, sources } = load([{ name: 'c', apiCall: { urlPath } }], {
      answers,
      policyNamespace: 'prod',
    });
    if (isInside) assert.equal(await text('{{ c }}'), 'answer', urlPath);
    else
      await assert.rejects(
        text('{{ c }}'),
        (error) => error instanceof ContextError && error.code === 'OUTSIDE_NAMESPACE',
        urlPath,
      );
    assert.equal(sources.asked.length, isInside ? 1 : 0, urlPath);
  }
});

test('context: a path that climbs is refused, whoever wrote it', async () => {
  for (const name of [
    '../other',
    '..',
    './x',
    '%2e%2e/other',
    '.%2E',
    '..\\x',
    'x/..?a=b',
    '../x#',
  ]) {
    const { text, sources } = load(
      [
        variable('name', { value: name }),
        { name: 'c', apiCall: { urlPath: '/api/v1/namespaces/{{ name }}', default: 'd' } },
      ],
      { answers: { [`GET /api/v1/namespaces/${name}`]: 'answer' } },
    );
    await assert.rejects(
      text('{{ c }}'),
      (error) => error instanceof ContextError && error.code === 'WRONG_VALUE',
      name,
    );
    assert.deepEqual(sources.asked, []);
  }
  const { text } = load([{ name: 'c', apiCall: { urlPath: '/apis/a.b/v1/x..y/.z' } }], {
    answers: { 'GET /apis/a.b/v1/x..y/.z': 'answer' },
  });
  assert.equal(await text('{{ c }}'), 'answer');
});

test('context: dots that only a URL parser would bring together climb neither', async () => {
  for (const name of ['.\t./admin', '.\n.', 'x/.\r./y', '.. ']) {
    const url = 'http://scan.prod/tenants/{{ name }}';
    const { text, sources } = load(
      [variable('name', { value: name }), { name: 'c', apiCall: { service: { url } } }],
      {},
    );
    await assert.rejects(
      text('{{ c }}'),
      (error) =>
        error instanceof ContextError &&
        error.code === 'WRONG_VALUE' &&
        error.message.endsWith('holds control characters or ends in blanks, expected none'),
      name,
    );
    assert.deepEqual(sources.asked, []);
  }
});

test('context: a value cannot write the expression that it stands in (hostile requester)', async () => {
  const hostile = "x') || 'true' || ('";
  const { text } = load([
    variable('hostile', { value: hostile }),
    variable('upper', { jmesPath: "to_upper('{{ hostile }}')" }),
    variable('bare', { jmesPath: 'request.{{ hostile }}' }),
    variable('path', { value: 'request.namespace' }),
    variable('whole', { jmesPath: '{{ path }}' }),
    variable('list', { jmesPath: '{{ request }}' }),
  ]);
  assert.equal(await text('{{ upper }}'), hostile.toUpperCase());
  await assert.rejects(text('{{ bare }}'), /Cannot insert the value of "hostile"/);
  assert.equal(await text('{{ whole }}'), 'prod');
  await assert.rejects(text('{{ list }}'), /jmespath value must be a string/);
});

test('context: a namespaced policy reads no other ConfigMaps, no Secrets, no global entries, and asks no services, default or not (MNH-20)', async () => {
  const outside = [
    configMap('c', 'keys', 'other'),
    { name: 'c', apiCall: { service: { url: 'https://scan.prod' }, default: 'd' } },
    { name: 'c', apiCall: { urlPath: '/api/v1/pods', default: 'd' } },
    { name: 'c', globalReference: { name: 'all' } },
    { name: 'c', apiCall: { urlPath: '/api/v1/namespaces/prod/secrets/pull', default: 'd' } },
    { name: 'c', apiCall: { urlPath: '/api/v1/namespaces/prod/secrets?limit=1' } },
  ];
  for (const entry of outside) {
    const { text, sources } = load([entry], { policyNamespace: 'prod' });
    await assert.rejects(
      text('{{ c }}'),
      (error) => error instanceof ContextError && error.code === 'OUTSIDE_NAMESPACE',
    );
    assert.deepEqual(sources.asked, []);
  }
});

test('context: entries of a foreach see its element, and what is above the foreach', async () => {
  const { loader, sources } = load([configMap('keys')], {
    answers: { 'configmap tools/keys': KEYS, 'image nginx for prod': { user: 'root' } },
  });
  const inner = loader.inside(
    entries([
      { name: 'data', imageRegistry: { reference: '{{ element.image }}' } },
      variable('both', { value: '{{ data.user }} {{ keys.data.prod }}' }),
    ]),
    (scope) => elementScope(scope, { element: { image: 'nginx' }, index: 0, nesting: 0 }),
  );
  assert.equal(await textOf(inner)('{{ both }} {{ elementIndex }}'), 'root key-1 0');
  assert.deepEqual(sources.asked, ['image nginx for prod', 'configmap tools/keys']);
  assert.equal(await textOf(loader)('{{ keys.data.prod }}'), 'key-1');
  await assert.rejects(textOf(loader)('{{ data }}'), /Unknown key "data"/);
  assert.equal(sources.asked.length, 2);
});

test('context: an abort ends what is waited for with its reason, default or not', async () => {
  const controller = new AbortController();
  const reason = new Error('too late');
  controller.abort(reason);
  const { text } = load([{ name: 'c', apiCall: { urlPath: '/api', default: 'd' } }], {
    answers: { 'GET /api': new Error('aborted') },
    signal: controller.signal,
  });
  await assert.rejects(text('{{ c }}'), reason);
});
