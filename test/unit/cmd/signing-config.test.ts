import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSigningConfig } from '#cmd/sign/signing-config.ts';

const NOW = new Date('2025-06-01T00:00:00Z');

interface Given {
  readonly url: string;
  readonly version?: number;
  readonly start?: string;
  readonly end?: string;
  readonly operator?: string;
}

function service({ url, version = 1, start = '2024-01-01T00:00:00Z', ...more }: Given): object {
  const { end, operator = 'acme.example' } = more;
  const validFor = { start, ...(end === undefined ? {} : { end }) };
  return { url, majorApiVersion: version, validFor, operator };
}

function config(fields: object): string {
  const mediaType = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';
  return JSON.stringify({ mediaType, ...fields });
}

/** The logs that are listed, how they are to be selected, and which are. */
const SELECTIONS: readonly (readonly [string, readonly Given[], object, readonly string[]])[] = [
  [
    'the newest of those that are valid',
    [{ url: 'a' }, { url: 'b', start: '2025-01-01T00:00:00Z' }],
    { selector: 'ANY' },
    ['b/1'],
  ],
  [
    'none that has ended',
    [{ url: 'a' }, { url: 'b', start: '2025-01-01T00:00:00Z', end: '2025-02-01T00:00:00Z' }],
    { selector: 'ANY' },
    ['a/1'],
  ],
  [
    'one at the last moment of its validity',
    [{ url: 'a', end: '2025-06-01T00:00:00Z' }],
    { selector: 'ANY' },
    ['a/1'],
  ],
  [
    'none that begins later',
    [{ url: 'a' }, { url: 'b', start: '2025-07-01T00:00:00Z' }],
    { selector: 'ANY' },
    ['a/1'],
  ],
  [
    'the highest version that is known',
    [{ url: 'a' }, { url: 'b', version: 2 }, { url: 'c', version: 3 }, { url: 'd', version: 0 }],
    { selector: 'ANY' },
    ['b/2'],
  ],
  [
    'one of each operator',
    [{ url: 'a' }, { url: 'b' }, { url: 'c', operator: 'other.example' }],
    { selector: 'ALL' },
    ['a/1', 'c/1'],
  ],
  [
    'of the highest version only',
    [
      { url: 'a', operator: 'one.example' },
      { url: 'b', version: 2 },
    ],
    { selector: 'ALL' },
    ['b/2'],
  ],
  [
    'as many as it says',
    [{ url: 'a' }, { url: 'b', operator: 'other.example' }],
    { selector: 'EXACT', count: 2 },
    ['a/1', 'b/1'],
  ],
];

for (const [criterion, logs, rekorTlogConfig, expected] of SELECTIONS) {
  test(`readSigningConfig() selects ${criterion}`, () => {
    const text = config({ rekorTlogUrls: logs.map(service), rekorTlogConfig });
    const selected = readSigningConfig(text, NOW).logs;
    assert.deepEqual(
      selected.map(({ url, version }) => `${url}/${version}`),
      expected,
    );
  });
}

test('readSigningConfig() names an authority only where one can be used, and no witness where none is listed', () => {
  const selected = readSigningConfig(config({ caUrls: [service({ url: 'ca' })] }), NOW);
  assert.deepEqual(selected, {
    authority: { url: 'ca', version: 1 },
    logs: [],
    timestampAuthorities: [],
  });
  const old = service({ url: 'ca', end: '2024-02-01T00:00:00Z' });
  assert.equal(readSigningConfig(config({ caUrls: [old] }), NOW).authority, undefined);
});

/** The document and what is said of it. */
const FAULTS: readonly (readonly [string, string, RegExp])[] = [
  ['no JSON', 'caUrls:', /^Cannot parse JSON: it is not well-formed$/],
  [
    'another document',
    '{"mediaType":"application/json"}',
    /^found mediaType "application\/json", expected "application\/vnd\.dev\.sigstore\.signingconfig\.v0\.2\+json"$/,
  ],
  [
    'too few services',
    config({
      tsaUrls: [service({ url: 'a' }), service({ url: 'b' })],
      tsaConfig: { selector: 'EXACT', count: 2 },
    }),
    /^tsaUrls has 1 services of different operators .*, tsaConfig wants 2$/,
  ],
  [
    'none that is valid',
    config({
      rekorTlogUrls: [service({ url: 'a', end: '2024-02-01T00:00:00Z' })],
      rekorTlogConfig: { selector: 'ALL' },
    }),
    /^rekorTlogUrls has 0 services .*, rekorTlogConfig wants 1$/,
  ],
  [
    'no selector',
    config({ rekorTlogUrls: [service({ url: 'a' })] }),
    /^rekorTlogConfig has no selector that is known, expected "ALL", "ANY" or "EXACT" with a count$/,
  ],
  [
    'a service without start',
    config({
      rekorTlogUrls: [{ url: 'a', majorApiVersion: 1, operator: 'x' }],
      rekorTlogConfig: { selector: 'ANY' },
    }),
    /^rekorTlogUrls has 0 services/,
  ],
];

for (const [criterion, text, message] of FAULTS) {
  test(`readSigningConfig() refuses ${criterion}`, () => {
    assert.throws(() => readSigningConfig(text, NOW), { name: 'SigningConfigError', message });
  });
}
