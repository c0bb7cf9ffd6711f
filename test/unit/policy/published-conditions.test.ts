import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '#shared/base/fault.ts';
import type { JsonObject } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { evaluateConditions } from '#shared/condition/evaluate-conditions.ts';
import { EvaluationBudget } from '#shared/condition/evaluation-budget.ts';
import { FixedScope } from '#shared/condition/fixed-scope.ts';
import { NO_HOST_ADDRESSES } from '#shared/condition/host-addresses.ts';
import { Fields } from '#shared/policy/fields.ts';
import { readConditions } from '#shared/policy/read-conditions.ts';

/** 2026-03-10T12:00:00Z */
const NOW = Date.UTC(2026, 2, 10, 12);

/** Whether the conditions hold for what is known, or the code of the error. */
type Expected = boolean | 'UNRESOLVED_VARIABLE' | 'INVALID_ARGUMENT';

interface Sample {
  readonly conditions: readonly JsonObject[];
  readonly known: readonly (readonly [what: string, names: JsonObject, expected: Expected])[];
}

const vulnerable = (versions: readonly string[]): JsonObject => ({
  components: versions.map((version) => ({ name: 'commons-text', version })),
});

const scores = (score: string): JsonObject => ({
  matches: [
    { vulnerability: [{ cvss: [{ metrics: { impactScore: 5.9 } }] }] },
    { vulnerability: [{ cvss: [{ metrics: { impactScore: Number(score) } }] }] },
  ],
});

/** The conditions of image policies in Kyverno's policy library, in our words. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  'provenance by one builder': {
    conditions: [
      {
        all: [
          {
            key: "{{ regex_match('^https://github.com/acme/builder/.github/workflows/slsa.yml@refs/tags/v[0-9]+$','{{ builder.id}}') }}",
            operator: 'Equals',
            value: true,
          },
        ],
      },
    ],
    known: [
      [
        'the builder',
        {
          builder: {
            id: 'https://github.com/acme/builder/.github/workflows/slsa.yml@refs/tags/v2',
          },
        },
        true,
      ],
      ['another builder', { builder: { id: 'https://github.com/evil/builder' } }, false],
      ['no builder', { other: 1 }, 'UNRESOLVED_VARIABLE'],
      [
        'an id that would end the text and write an expression (hostile)',
        { builder: { id: "x') || regex_match('.*','" } },
        false,
      ],
    ],
  },
  'no vulnerable version of a library': {
    conditions: [
      {
        all: [
          {
            key: "{{ components[?name=='commons-text'].version || 'none' }}",
            operator: 'AllNotIn',
            value: ['1.5', '1.6', '1.7', '1.8', '1.9'],
          },
        ],
      },
    ],
    known: [
      ['a newer version', vulnerable(['1.10.0']), true],
      ['a vulnerable version', vulnerable(['1.9']), false],
      ['one vulnerable version of two', vulnerable(['1.10.0', '1.5']), false],
      ['without the library', { components: [{ name: 'other', version: '1.9' }] }, true],
      ['without components', { components: null }, true],
    ],
  },
  'scanned within a week': {
    conditions: [
      {
        all: [
          {
            key: "{{ time_since('','{{metadata.scanFinishedOn}}','') }}",
            operator: 'LessThanOrEquals',
            value: '168h',
          },
        ],
      },
    ],
    known: [
      ['yesterday', { metadata: { scanFinishedOn: '2026-03-09T12:00:00Z' } }, true],
      ['a week ago to the second', { metadata: { scanFinishedOn: '2026-03-03T12:00:00Z' } }, true],
      ['longer ago', { metadata: { scanFinishedOn: '2026-03-03T11:59:59Z' } }, false],
      ['no time', { metadata: {} }, 'UNRESOLVED_VARIABLE'],
      ['no date', { metadata: { scanFinishedOn: 'yesterday' } }, 'INVALID_ARGUMENT'],
    ],
  },
  'nothing severe found, or an image of ours': {
    conditions: [
      {
        any: [
          {
            key: '{{ matches[].vulnerability[].cvss[?metrics.impactScore > `8.0`][] | length(@) }}',
            operator: 'Equals',
            value: 0,
          },
          {
            key: "{{ source.target.userInput || '' }}",
            operator: 'Equals',
            value: 'ghcr.io/tekton/*',
          },
        ],
      },
    ],
    known: [
      ['nothing severe', scores('6.1'), true],
      ['something severe', scores('9.1'), false],
      [
        'something severe in an image of ours',
        { ...scores('9.1'), source: { target: { userInput: 'ghcr.io/tekton/task:v1' } } },
        true,
      ],
    ],
  },
  'a bill of materials in a format': {
    conditions: [
      { all: [{ key: '{{ Data.bomFormat }}', operator: 'Equals', value: 'CycloneDX' }] },
    ],
    known: [
      ['the format', { Data: { bomFormat: 'CycloneDX' } }, true],
      ['another format', { Data: { bomFormat: 'SPDX' } }, false],
      ['no format', { Data: {} }, 'UNRESOLVED_VARIABLE'],
    ],
  },
  'built on a branch of a repository': {
    conditions: [
      {
        any: [
          { key: '{{ repo.uri }}', operator: 'Equals', value: 'https://git.acme.example/*' },
          { key: '{{ repo.branch }}', operator: 'AnyIn', value: ['main', 'release-*'] },
        ],
      },
      { all: [{ key: '{{ reviewers }}', operator: 'AllIn', value: ['ana', 'ben', 'cleo'] }] },
      { all: [{ key: '{{ length(reviewers) }}', operator: 'GreaterThanOrEquals', value: '2' }] },
    ],
    known: [
      [
        'by the repository',
        { repo: { uri: 'https://git.acme.example/a', branch: 'x' }, reviewers: ['ana', 'ben'] },
        true,
      ],
      [
        'by the branch',
        { repo: { uri: 'x', branch: 'release-1' }, reviewers: ['ana', 'cleo'] },
        true,
      ],
      ['another branch', { repo: { uri: 'x', branch: 'dev' }, reviewers: ['ana', 'ben'] }, false],
      [
        'an unknown reviewer',
        { repo: { uri: 'x', branch: 'main' }, reviewers: ['ana', 'eve'] },
        false,
      ],
      ['one reviewer', { repo: { uri: 'x', branch: 'main' }, reviewers: ['ana'] }, false],
    ],
  },
};

for (const [policy, { conditions, known }] of Object.entries(SAMPLES)) {
  for (const [what, names, expected] of known) {
    test(`published conditions: ${policy}: ${what}`, () => {
      const faults: Fault[] = [];
      const read = readConditions(new Fields({ conditions }, '', faults), 'conditions') ?? [];
      assert.deepEqual(faults, []);
      const evaluation = {
        budget: new EvaluationBudget(),
        clock: { now: () => NOW },
        hosts: NO_HOST_ADDRESSES,
      };
      const judge = (): boolean =>
        evaluateConditions(read, new FixedScope(names), evaluation).holds;
      if (typeof expected === 'boolean') assert.equal(judge(), expected);
      else
        assert.throws(judge, (error) => error instanceof ConditionError && error.code === expected);
    });
  }
}
