import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseChallenges } from '#shared/registry/challenge.ts';

const CASES: readonly {
  readonly name: string;
  readonly header: string;
  readonly expected: readonly (readonly [string, Record<string, string>])[];
}[] = [
  {
    name: 'Docker Hub, quoted values with commas inside',
    header:
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull,push"',
    expected: [
      [
        'bearer',
        {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:library/nginx:pull,push',
        },
      ],
    ],
  },
  {
    name: 'two challenges in one header',
    header: 'Basic realm="a", Bearer realm="https://b.example/t", service=c',
    expected: [
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'https://b.example/t', service: 'c' }],
    ],
  },
  {
    name: 'schemes and names in any case',
    header: 'BEARER Realm="r"',
    expected: [['bearer', { realm: 'r' }]],
  },
  {
    name: 'escaped quotes',
    header: String.raw`Basic realm="say \"hi\""`,
    expected: [['basic', { realm: 'say "hi"' }]],
  },
  {
    name: 'spaces around the equals sign and after commas',
    header: 'Bearer realm = "r" ,  service = "s"',
    expected: [['bearer', { realm: 'r', service: 's' }]],
  },
  {
    name: 'a scheme with token68 before another scheme',
    header: 'Negotiate YWJj==, Basic realm="r"',
    expected: [
      ['negotiate', {}],
      ['basic', { realm: 'r' }],
    ],
  },
  {
    name: 'schemes without parameters',
    header: 'Negotiate, Basic',
    expected: [
      ['negotiate', {}],
      ['basic', {}],
    ],
  },
  {
    name: 'the first of two equal names',
    header: 'Bearer realm="first", realm="second"',
    expected: [['bearer', { realm: 'first' }]],
  },
  {
    name: 'what came before something unreadable',
    header: 'Basic realm="r", ???"',
    expected: [['basic', { realm: 'r' }]],
  },
  {
    name: 'nothing in an unclosed quote',
    header: 'Bearer realm="r',
    expected: [['bearer', {}]],
  },
  { name: 'nothing in an empty header', header: '', expected: [] },
  { name: 'nothing in parameters without a scheme', header: 'realm="r"', expected: [] },
];

for (const { name, header, expected } of CASES) {
  test(`parseChallenges() reads ${name}`, () => {
    const found = parseChallenges(header).map(({ scheme, parameters }) => [
      scheme,
      Object.fromEntries(parameters),
    ]);
    assert.deepEqual(found, expected);
  });
}

test('parseChallenges() ends on any header', () => {
  const piece = fc.constantFrom('Bearer ', 'Basic', 'realm=', '"', '\\', ',', ' ', '=', 'x', '/');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      assert.ok(parseChallenges(pieces.join('')).length <= pieces.length);
    }),
  );
});
