import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, formatFault } from '#shared/base/fault.ts';
import type { JsonObject, JsonValue } from '#shared/base/json-value.ts';
import type { ContextEntry } from '#shared/policy/context-entry.ts';
import { Fields } from '#shared/policy/fields.ts';
import { readContext } from '#shared/policy/read-context.ts';

interface Read {
  readonly entries: readonly ContextEntry[];
  readonly faults: readonly string[];
}

function read(context: JsonValue): Read {
  const faults: Fault[] = [];
  const fields = new Fields({ context }, 'rule', faults);
  const entries = readContext(fields);
  fields.end();
  return { entries, faults: faults.map((fault) => `${fault.severity} ${formatFault(fault)}`) };
}

const AT = { path: 'rule.context[0]', name: 'x' };

/** Rule, entry, what it is read as. */
const ROWS: readonly (readonly [string, JsonObject, ContextEntry])[] = [
  [
    'a variable with a value',
    { variable: { value: { a: ['{{ request.name }}', 1] } } },
    {
      ...AT,
      kind: 'variable',
      value: { a: ['{{ request.name }}', 1] },
      jmesPath: undefined,
      default: undefined,
    },
  ],
  [
    'a variable with a value of false',
    { variable: { value: false } },
    { ...AT, kind: 'variable', value: false, jmesPath: undefined, default: undefined },
  ],
  [
    'a variable with an expression and a default',
    { variable: { jmesPath: 'request.object.metadata.labels.team', default: 'none' } },
    {
      ...AT,
      kind: 'variable',
      value: undefined,
      jmesPath: 'request.object.metadata.labels.team',
      default: 'none',
    },
  ],
  [
    'an expression with a variable inside',
    { variable: { jmesPath: 'request.object.{{ field }}' } },
    {
      ...AT,
      kind: 'variable',
      value: undefined,
      jmesPath: 'request.object.{{ field }}',
      default: undefined,
    },
  ],
  [
    'a ConfigMap',
    { configMap: { name: 'keys', namespace: '{{ request.namespace }}' } },
    { ...AT, kind: 'config-map', configMap: 'keys', namespace: '{{ request.namespace }}' },
  ],
  [
    'a call to the API server',
    {
      apiCall: {
        urlPath: '/api/v1/namespaces/{{ request.namespace }}',
        jmesPath: 'metadata.labels',
        default: {},
      },
    },
    {
      ...AT,
      kind: 'api-call',
      call: {
        method: 'GET',
        data: [],
        target: { kind: 'api-server', urlPath: '/api/v1/namespaces/{{ request.namespace }}' },
      },
      jmesPath: 'metadata.labels',
      default: {},
    },
  ],
  [
    'a call to a service',
    {
      apiCall: {
        method: 'POST',
        data: [{ key: 'images', value: '{{ images }}' }],
        service: {
          url: 'https://scan.tools:8443/check',
          caBundle: 'PEM',
          headers: [{ key: 'X-Team', value: 'a' }],
        },
      },
    },
    {
      ...AT,
      kind: 'api-call',
      call: {
        method: 'POST',
        data: [{ key: 'images', value: '{{ images }}' }],
        target: {
          kind: 'service',
          url: 'https://scan.tools:8443/check',
          caBundle: 'PEM',
          headers: [{ key: 'X-Team', value: 'a' }],
        },
      },
      jmesPath: undefined,
      default: undefined,
    },
  ],
  [
    'data of an image',
    {
      imageRegistry: {
        reference: '{{ element.image }}',
        jmesPath: 'configData.config',
        imageRegistryCredentials: { secrets: ['pull'], providers: ['amazon'] },
      },
    },
    {
      ...AT,
      kind: 'image-data',
      reference: '{{ element.image }}',
      jmesPath: 'configData.config',
      credentials: { allowInsecureRegistry: false, providers: ['amazon'], secrets: ['pull'] },
    },
  ],
  [
    'a global entry',
    { globalReference: { name: 'deployments.names', jmesPath: 'length(@)' } },
    { ...AT, kind: 'global', reference: 'deployments.names', jmesPath: 'length(@)' },
  ],
];

for (const [rule, entry, expected] of ROWS) {
  test(`context: reads ${rule}`, () => {
    const { entries, faults } = read([{ name: 'x', ...entry }]);
    assert.deepEqual(faults, []);
    assert.deepEqual(entries, [expected]);
  });
}

const CM = { configMap: { name: 'a', namespace: 'b' } };
const KINDS = '"variable", "configMap", "apiCall", "imageRegistry" or "globalReference"';

/** Rule, entry, its faults. */
const FAULTS: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'nothing',
    { name: 'x' },
    [`error rule.context[0]: found none of them, expected exactly one of ${KINDS}`],
  ],
  [
    'two kinds',
    { name: 'x', ...CM, variable: { value: 1 } },
    [`error rule.context[0]: found variable and configMap, expected exactly one of ${KINDS}`],
  ],
  [
    'an unknown kind',
    { name: 'x', ...CM, secret: {} },
    ['error rule.context[0].secret: unknown field'],
  ],
  [
    'no name',
    CM,
    ['error rule.context[0].name: missing, expected the name that variables use for the entry'],
  ],
  [
    'the name of a variable that is always there',
    { name: 'request', ...CM },
    ['error rule.context[0].name: found "request", expected another than the variable "request"'],
  ],
  [
    'a name inside one',
    { name: 'images.x', ...CM },
    ['error rule.context[0].name: found "images.x", expected another than the variable "images"'],
  ],
  [
    'a ConfigMap without namespace',
    { name: 'x', configMap: { name: 'a' } },
    ['error rule.context[0].configMap.namespace: missing, expected a name'],
  ],
  [
    'a variable that says nothing',
    { name: 'x', variable: { default: 1 } },
    ['error rule.context[0].variable: says nothing, expected "value" or "jmesPath"'],
  ],
  [
    'a default without expression',
    { name: 'x', variable: { value: 1, default: 2 } },
    [
      'error rule.context[0].variable.default: has no use without "jmesPath", expected both or none',
    ],
  ],
  [
    'an expression that is none',
    { name: 'x', variable: { jmesPath: 'a[' } },
    [
      'error rule.context[0].variable.jmesPath: Cannot parse expression "a[" at character 3: found the end, expected a number, ":" or "*"',
    ],
  ],
  [
    'a variable that is no expression',
    { name: 'x', configMap: { name: '{{ a. }}', namespace: 'b' } },
    [
      'error rule.context[0].configMap.name: Cannot parse expression "a." at character 3: found the end, expected a field, "[" or "{"',
    ],
  ],
  [
    'a call to nobody',
    { name: 'x', apiCall: {} },
    ['error rule.context[0].apiCall: found none, expected "urlPath" or "service"'],
  ],
  [
    'a call to two',
    { name: 'x', apiCall: { urlPath: '/api', service: { url: 'https://a' } } },
    ['error rule.context[0].apiCall: found "urlPath" and "service", expected one of both'],
  ],
  [
    'a method that is not allowed',
    { name: 'x', apiCall: { urlPath: '/api', method: 'DELETE' } },
    ['error rule.context[0].apiCall.method: found "DELETE", expected "GET" or "POST"'],
  ],
  [
    'a path that is none',
    { name: 'x', apiCall: { urlPath: 'api/v1' } },
    ['error rule.context[0].apiCall.urlPath: found "api/v1", expected a path that starts with "/"'],
  ],
  [
    'data that is not sent',
    { name: 'x', apiCall: { urlPath: '/api', data: [{ key: 'a', value: 1 }] } },
    ['warning rule.context[0].apiCall.data: is not sent with GET, expected "method: POST" with it'],
  ],
  [
    'a service that is no URL',
    { name: 'x', apiCall: { service: { url: 'ftp://a' } } },
    ['error rule.context[0].apiCall.service.url: found "ftp://a", expected an http or https URL'],
  ],
  [
    'an image that is none',
    { name: 'x', imageRegistry: { reference: 'UPPER/x:' } },
    [
      'error rule.context[0].imageRegistry.reference: Cannot parse image reference "UPPER/x:": tag "" must be 1 to 128 letters, digits, ".", "_" or "-"',
    ],
  ],
  [
    'no image',
    { name: 'x', imageRegistry: {} },
    ['error rule.context[0].imageRegistry.reference: missing, expected an image'],
  ],
  [
    'a provider that does not exist',
    {
      name: 'x',
      imageRegistry: { reference: 'nginx', imageRegistryCredentials: { providers: ['gcp'] } },
    },
    [
      'error rule.context[0].imageRegistry.imageRegistryCredentials.providers[0]: found "gcp", expected default, google, azure, amazon, github',
    ],
  ],
  [
    'an unknown field of a kind',
    { name: 'x', globalReference: { name: 'a', path: 'b' } },
    ['error rule.context[0].globalReference.path: unknown field'],
  ],
  [
    'several things at once',
    { variable: {}, extra: 1 },
    [
      'error rule.context[0].name: missing, expected the name that variables use for the entry',
      'error rule.context[0].extra: unknown field',
    ],
  ],
];

for (const [rule, entry, expected] of FAULTS) {
  test(`context: reports ${rule}`, () => assert.deepEqual(read([entry]).faults, expected));
}

test('context: has a bound', () => {
  const entries = Array.from({ length: 101 }, (_, index) => ({ name: `x${index}`, ...CM }));
  const { faults } = read(entries);
  assert.deepEqual(faults, ['error rule.context: has 101 entries, expected at most 100']);
});
