import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type JsonObject, type JsonValue, stringAt } from '#shared/base/json-value.ts';
import { ConditionError } from '#shared/condition/condition-error.ts';
import { FUNCTIONS } from '#shared/condition/function/function-table.ts';
import type { HostAddresses } from '#shared/condition/host-addresses.ts';
import { outcomeOf } from './outcome.ts';

const DATA: JsonObject = {
  list: [3, 1, 2],
  texts: ['b', 'a', '\u{ff5e}', '\u{1f600}'],
  people: [
    { name: 'ann', age: 30 },
    { name: 'bob', age: 20 },
    { name: 'cid', age: 40 },
  ],
  mixed: [{ age: 1 }, { age: 'x' }],
  pair: [{}, {}],
  object: { b: 1, a: 2 },
  empty: '',
  euro: '€',
};

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'outside.example': ['93.184.216.34', '2606:2800::1'],
  'inside.example': ['10.1.2.3'],
  'both.example': ['93.184.216.34', '::1'],
  'zoned.example': ['fe80::1%eth0'],
  'odd.example': ['x'],
};

const HOSTS: HostAddresses = {
  addressesOf(host) {
    const addresses = ADDRESSES[host];
    if (addresses !== undefined) return addresses;
    throw host === 'trouble.example'
      ? new ConditionError('LOOKUP_FAILED', `lookup ${host}: no answer`)
      : new ConditionError('INVALID_ARGUMENT', `lookup ${host}: no such host`);
  },
};

const DOCS = readFileSync(new URL('../../../docs/expressions.md', import.meta.url), 'utf8');

/** Expression, and what it gives on the data: a value, or what the message of the fault says. */
type Row = readonly [expression: string, wanted: JsonValue | RegExp];

/** JMESPath's own functions, by name. */
const STANDARD: Readonly<Record<string, readonly Row[]>> = {
  abs: [
    ['abs(`-1.5`)', 1.5],
    ['abs(`0`)', 0],
    ["abs('1')", /argument 1 is of type string, expected number/],
    ['abs()', /found 0 arguments, expected 1/],
    ['abs(`1`, `2`)', /found 2 arguments, expected 1/],
  ],
  avg: [
    ['avg(list)', 2],
    ['avg(`[]`)', null],
    ['avg(texts)', /argument 1 is of type array, expected array\[number\]/],
  ],
  ceil: [
    ['ceil(`1.2`)', 2],
    ['ceil(`-1.2`)', -1],
    ['ceil(absent)', /argument 1 is of type null, expected number/],
  ],
  contains: [
    ['contains(list, `1`)', true],
    ["contains(list, '1')", false],
    ["contains('abc', 'bc')", true],
    ["contains('1', `1`)", false],
    ['contains(people, `{"age": 20, "name": "bob"}`)', true],
    ["contains(object, 'a')", /argument 1 is of type object, expected array or string/],
  ],
  ends_with: [
    ["ends_with('abc', 'bc')", true],
    ["ends_with('abc', 'ab')", false],
    ["ends_with('abc', `1`)", /argument 2 is of type number, expected string/],
  ],
  floor: [
    ['floor(`1.8`)', 1],
    ['floor(`-1.2`)', -2],
    ['floor(`true`)', /argument 1 is of type boolean, expected number/],
  ],
  join: [
    ["join('-', texts[:2])", 'b-a'],
    ["join('', `[]`)", ''],
    ["join('-', list)", /argument 2 is of type array, expected array\[string\]/],
  ],
  keys: [
    ['keys(object) | sort(@)', ['a', 'b']],
    ['keys(`{}`)', []],
    ['keys(list)', /argument 1 is of type array, expected object/],
  ],
  length: [
    ['length(list)', 3],
    ['length(object)', 2],
    ["length('😀a')", 2],
    ['length(`1`)', /argument 1 is of type number, expected string or array or object/],
  ],
  map: [
    ['map(&age, people)', [30, 20, 40]],
    ['map(&absent, people)', [null, null, null]],
    ['map(&[0], `[[1], 2]`)', [1, null]],
    ['map(age, people)', /argument 1 is of type null, expected expression/],
    ['map(&age, object)', /argument 2 is of type object, expected array/],
  ],
  max: [
    ['max(list)', 3],
    ['max(texts)', '\u{1f600}'],
    ['max(`[]`)', null],
    ['max(people)', /argument 1 is of type array, expected array\[number\] or array\[string\]/],
    ['max(`[1, "a"]`)', /expected array\[number\] or array\[string\]/],
  ],
  max_by: [
    ['max_by(people, &age).name', 'cid'],
    ['max_by(people, &name).name', 'cid'],
    ['max_by(`[]`, &age)', null],
    ['max_by(pair[:1], &age)', {}],
    ['max_by(mixed, &age)', /no number or text for all elements alike/],
    ['max_by(pair, &age)', /no number or text/],
    ['max_by(people, age)', /argument 2 is of type null, expected expression/],
  ],
  merge: [
    ['merge(object, `{"a": 3}`)', { b: 1, a: 3 }],
    ['merge(`{}`)', {}],
    ['merge()', /found 0 arguments, expected at least 1/],
    ['merge(object, list)', /argument 2 is of type array, expected object/],
  ],
  min: [
    ['min(list)', 1],
    ['min(texts)', 'a'],
    ['min(absent)', /argument 1 is of type null/],
  ],
  min_by: [
    ['min_by(people, &age).name', 'bob'],
    ['min_by(people, &name).name', 'ann'],
    ['min_by(mixed, &age)', /no number or text/],
  ],
  not_null: [
    ['not_null(absent, `null`, list)', [3, 1, 2]],
    ['not_null(empty, list)', ''],
    ['not_null(absent)', null],
    ['not_null()', /found 0 arguments, expected at least 1/],
  ],
  reverse: [
    ['reverse(list)', [2, 1, 3]],
    ["reverse('a😀')", '😀a'],
    ['reverse(object)', /argument 1 is of type object, expected array or string/],
  ],
  sort: [
    ['sort(list)', [1, 2, 3]],
    ['sort(texts)', ['a', 'b', '\u{ff5e}', '\u{1f600}']],
    ['sort(`[]`)', []],
    ['sort(people)', /expected array\[string\] or array\[number\]/],
  ],
  sort_by: [
    ['sort_by(people, &age)[*].name', ['bob', 'ann', 'cid']],
    ['sort_by(people, &name)[-1].name', 'cid'],
    ['sort_by(pair[:1], &age)', [{}]],
    ['sort_by(mixed, &age)', /no number or text/],
  ],
  starts_with: [
    ["starts_with('abc', 'ab')", true],
    ["starts_with('abc', '')", true],
    ["starts_with(absent, 'a')", /argument 1 is of type null, expected string/],
  ],
  to_array: [
    ['to_array(list)', [3, 1, 2]],
    ["to_array('a')", ['a']],
    ['to_array(absent)', [null]],
    ['to_array(&a)', /argument 1 is of type expression, expected any/],
  ],
  to_number: [
    ["to_number('1.5e3')", 1500],
    ['to_number(`2`)', 2],
    ["to_number('+.5')", 0.5],
    ["to_number('0x10')", null],
    ["to_number('')", null],
    ["to_number(' 1')", null],
    ["to_number('1e400')", null],
    ['to_number(`true`)', null],
    ['to_number()', /found 0 arguments/],
  ],
  to_string: [
    ["to_string('a')", 'a'],
    ['to_string(object)', '{"a":2,"b":1}'],
    ["to_string(['<&>', `1.0`, `null`])", '["\\u003c\\u0026\\u003e",1,null]'],
    ['to_string(`1e21`)', '1e+21'],
    ['to_string(&a)', /argument 1 is of type expression/],
  ],
  type: [
    [
      '[type(`1`), type(empty), type(list), type(object), type(`true`), type(absent)]',
      ['number', 'string', 'array', 'object', 'boolean', 'null'],
    ],
    ['type(`1.5`)', 'number'],
    ['type(&a)', /argument 1 is of type expression/],
  ],
  values: [
    ['values(object) | sort(@)', [1, 2]],
    ['values(`{}`)', []],
    ["values('a')", /argument 1 is of type string, expected object/],
  ],
};

/** Kyverno's own, the ones on text. */
const TEXT: Readonly<Record<string, readonly Row[]>> = {
  base64_decode: [
    ["base64_decode('4oKs')", '€'],
    ["base64_decode('')", ''],
    ["base64_decode('YQ')", /argument 1 is no base64/],
    ["base64_decode('_-==')", /argument 1 is no base64/],
    ["base64_decode('/w==')", /decodes to bytes that are no text/],
  ],
  base64_encode: [
    ['base64_encode(euro)', '4oKs'],
    ["base64_encode('')", ''],
    ['base64_encode(`1`)', /argument 1 is of type number/],
  ],
  compare: [
    ["compare('a', 'b')", -1],
    ["compare('b', 'a')", 1],
    ["compare('a', 'a')", 0],
    ["compare('a', 'ab')", -1],
    ['compare(texts[2], texts[3])', -1],
    ["compare('a', `1`)", /argument 2 is of type number/],
  ],
  equal_fold: [
    ["equal_fold('Straße', 'sTRAßE')", true],
    ["equal_fold('Straße', 'STRASSE')", false],
    ["equal_fold('k', '\u212a')", true],
    ["equal_fold('a', `1`)", /argument 2 is of type number/],
  ],
  image_normalize: [
    ["image_normalize('nginx')", 'docker.io/nginx:latest'],
    ["image_normalize('ghcr.io/a/b:1')", 'ghcr.io/a/b:1'],
    ["image_normalize('index.docker.io/a/b')", 'index.docker.io/a/b:latest'],
    [`image_normalize('a:1@sha256:${'a'.repeat(64)}')`, `docker.io/a@sha256:${'a'.repeat(64)}`],
    ["image_normalize('A B')", /repository "A B" must be lower-case/],
    ["image_normalize('')", /it is empty/],
  ],
  md5: [
    ["md5('a')", '0cc175b9c0f1b6a831c399e269772661'],
    ['md5(euro)', 'bca53fde466a76b7bee3e18997e94a7a'],
    ['md5(list)', /argument 1 is of type array/],
  ],
  path_canonicalize: [
    ["path_canonicalize('//a/./b/../c/')", '/a/c'],
    ["path_canonicalize('')", ''],
    ["path_canonicalize('a/..')", '.'],
    ["path_canonicalize('/../..')", '/'],
    ['path_canonicalize(`1`)', /argument 1 is of type number/],
  ],
  pattern_match: [
    ["pattern_match('a*c?', 'abbcd')", true],
    ["pattern_match('a*', 'ba')", false],
    ["pattern_match('1*', `16777217`)", true],
    ["pattern_match('*', absent)", /argument 2 is of type null, expected string or number/],
  ],
  regex_match: [
    ["regex_match('^[a-z]+$', 'abc')", true],
    ["regex_match('b', 'abc')", true],
    ["regex_match('', 'abc')", true],
    ["regex_match('^8080$', `8080`)", true],
    ["regex_match('(', 'a')", /is not RE2 syntax/],
    ["regex_match('(?=a)', 'a')", /is not RE2 syntax/],
    ["regex_match('a', `true`)", /argument 2 is of type boolean/],
  ],
  regex_replace_all: [
    ["regex_replace_all('a(x*)b', '-ab-axxb-', '${1}W')", '-W-xxW-'],
    ["regex_replace_all('a(x*)b', '-ab-axxb-', '$1W')", '---'],
    ["regex_replace_all('(?P<n>a)', 'a', '$n$$${n}')", 'a$a'],
    ["regex_replace_all('a(b)?', 'a', '[$1]')", '[]'],
    ["regex_replace_all('b*', 'abc', '-')", '-a-c-'],
    ["regex_replace_all('', 'ab', '-')", '-a-b-'],
    ["regex_replace_all('\\.', `1.5`, `0`)", '105'],
    ["regex_replace_all('[', 'a', 'b')", /is not RE2 syntax/],
    ["regex_replace_all('a', 'a', list)", /argument 3 is of type array, expected string or number/],
  ],
  regex_replace_all_literal: [
    ["regex_replace_all_literal('a(x*)b', 'axxb', '$1')", '$1'],
    ["regex_replace_all_literal('z', 'axxb', '$1')", 'axxb'],
    ["regex_replace_all_literal('[', 'a', 'b')", /is not RE2 syntax/],
  ],
  replace: [
    ["replace('aaaa', 'a', 'b', `2`)", 'bbaa'],
    ["replace('aaaa', 'a', 'b', `-1`)", 'bbbb'],
    ["replace('aaaa', 'a', 'b', `0`)", 'aaaa'],
    ["replace('ab', '', '-', `2`)", '-a-b'],
    ["replace('a', 'a', '$&', `1`)", '$&'],
    ["replace('a', 'a', 'b', '1')", /argument 4 is of type string, expected number/],
  ],
  replace_all: [
    ["replace_all('a.b.c', '.', '')", 'abc'],
    ["replace_all('ab', '', '-')", '-a-b-'],
    ["replace_all('ab', 'x', 'y')", 'ab'],
    ["replace_all('ab', 'a')", /found 2 arguments, expected 3/],
  ],
  sha1: [
    ["sha1('a')", '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
    ["sha1('')", 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['sha1(`1`)', /argument 1 is of type number/],
  ],
  sha256: [
    ["sha256('a')", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ["sha256('')", 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['sha256(absent)', /argument 1 is of type null/],
  ],
  split: [
    ["split('a,b,,c', ',')", ['a', 'b', '', 'c']],
    ["split('', ',')", ['']],
    ["split('a😀', '')", ['a', '😀']],
    ["split(absent, ',')", /argument 1 is of type null, expected string/],
  ],
  to_lower: [
    ["to_lower('ABC É')", 'abc é'],
    ["to_lower('İ')", 'i'],
    ['to_lower(`1`)', /argument 1 is of type number/],
  ],
  to_upper: [
    ["to_upper('abc é')", 'ABC É'],
    ["to_upper('straße')", 'STRAßE'],
    ['to_upper(list)', /argument 1 is of type array/],
  ],
  trim: [
    ["trim('xxaxbyx', 'xy')", 'axb'],
    ["trim('xx', 'x')", ''],
    ["trim('a', '')", 'a'],
    ['trim(absent, absent)', /argument 1 is of type null/],
  ],
  trim_prefix: [
    ["trim_prefix('docker://a', 'docker://')", 'a'],
    ["trim_prefix('aab', 'b')", 'aab'],
    ["trim_prefix('a', `1`)", /argument 2 is of type number/],
  ],
  truncate: [
    ["truncate('abc', `2`)", 'ab'],
    ["truncate('a😀b', `2.9`)", 'a😀'],
    ["truncate('abc', `-1`)", ''],
    ["truncate('abc', `9`)", 'abc'],
    ["truncate('abc', '2')", /argument 2 is of type string, expected number/],
  ],
};

/** Kyverno's own, on values. */
const VALUES: Readonly<Record<string, readonly Row[]>> = {
  is_external_url: [
    ["is_external_url('http://localhost')", false],
    ["is_external_url('http://LOCALHOST.:80')", false],
    ["is_external_url('http://127.0.0.1')", false],
    ["is_external_url('http://172.16.1.1')", false],
    ["is_external_url('http://172.32.1.1')", true],
    ["is_external_url('http://10.1.1.1')", false],
    ["is_external_url('http://192.168.0.1')", false],
    ["is_external_url('http://8.8.8.8')", true],
    ["is_external_url('http://245.48.83.160')", true],
    ["is_external_url('http://169.254.169.254')", true],
    ["is_external_url('http://0.0.0.0')", true],
    ["is_external_url('http://[fd12:3456:789a:1::1]')", false],
    ["is_external_url('http://[fc00::]')", false],
    ["is_external_url('http://[fe80::1%25eth0]')", true],
    ["is_external_url('http://[::1%25lo]:8080')", false],
    ["is_external_url('http://[::1]')", false],
    ["is_external_url('http://[2001:db8::ff00:42:8329]')", true],
    ["is_external_url('http://[::ffff:10.0.0.1]')", false],
    ["is_external_url('http://[::ffff:808:808]')", true],
    ["is_external_url('http://www.google.com@192.168.1.3')", false],
    ["is_external_url('http://192.168.1.3@8.8.8.8')", true],
    ["is_external_url('//10.0.0.1/x')", false],
    ["is_external_url('http://outside.example/x')", true],
    ["is_external_url('https://inside.example:8443')", false],
    ["is_external_url('https://both.example')", false],
    ["is_external_url('https://zoned.example')", true],
    ["is_external_url('https://nobody.example')", /lookup nobody.example: no such host/],
    ["is_external_url('https://trouble.example')", /lookup trouble.example: no answer/],
    ["is_external_url('https://odd.example')", /lookup odd.example: found no IP address/],
    ["is_external_url('outside.example')", /lookup : no such host/],
    ["is_external_url('')", /lookup : no such host/],
    ["is_external_url('http://127.1')", /lookup 127.1: no such host/],
    ["is_external_url('http://0x7f.1')", /lookup 0x7f.1: no such host/],
    ["is_external_url('http://2130706433')", /lookup 2130706433: no such host/],
    ["is_external_url('http://010.0.0.1')", /lookup 010.0.0.1: no such host/],
    ["is_external_url('http://-a.example')", /lookup -a.example: no such host/],
    ["is_external_url('http://a..example')", /lookup a..example: no such host/],
    ["is_external_url('http://é.example')", /lookup é.example: no such host/],
    ["is_external_url('http://a b')", /parse "http:\/\/a b": invalid character " " in host name/],
    ["is_external_url('http://10.0.0.1\\\\@8.8.8.8')", /invalid userinfo/],
    ['is_external_url(`1`)', /argument 1 is of type number/],
  ],
  items: [
    [
      "items(object, 'k', 'v')",
      [
        { k: 'a', v: 2 },
        { k: 'b', v: 1 },
      ],
    ],
    ["items(texts[:1], 'k', 'v')", [{ k: 0, v: 'b' }]],
    ["items(`{}`, 'k', 'v')", []],
    ["items('a', 'k', 'v')", /argument 1 is of type string, expected object or array/],
    ["items(object, 'k', `1`)", /argument 3 is of type number/],
  ],
  label_match: [
    ['label_match(`{"a": "x"}`, `{"a": "x", "b": "y"}`)', true],
    ['label_match(`{"a": "x"}`, `{"a": "y"}`)', false],
    ['label_match(`{}`, `{}`)', true],
    ['label_match(object, list)', /argument 2 is of type array, expected object/],
  ],
  lookup: [
    ["lookup(object, 'a')", 2],
    ["lookup(object, 'absent')", null],
    ['lookup(list, `1`)', 1],
    ['lookup(list, `-1`)', null],
    ['lookup(list, `9`)', null],
    ['lookup(list, `0.5`)', /argument 2 is 0.5, expected an integer/],
    ["lookup(list, 'a')", /argument 2 is of type string, expected number/],
    ['lookup(object, `1`)', /argument 2 is of type number, expected string/],
  ],
  object_from_lists: [
    ["object_from_lists(['a', 'b', 'c'], list[:2])", { a: 3, b: 1, c: null }],
    ['object_from_lists(`[1.5, true]`, list)', { '1.5': 3, true: 1 }],
    ['object_from_lists(`[]`, list)', {}],
    ['object_from_lists(people, list)', /argument 1 is of type array, expected array of texts/],
    ["object_from_lists('a', list)", /argument 1 is of type string/],
  ],
  parse_json: [
    ['parse_json(\'{"a": [1, null]}\').a', [1, null]],
    ["parse_json('1')", 1],
    ["parse_json('{')", /it is not well-formed/],
    ['parse_json(\'{"a": 1, "a": 2}\')', /key "a" occurs twice/],
    [`parse_json('${'['.repeat(80)}${']'.repeat(80)}')`, /nested deeper than 64/],
    ['parse_json(object)', /argument 1 is of type object/],
  ],
  parse_yaml: [
    ["parse_yaml('a: 1\nb: [x, yes]')", { a: 1, b: ['x', true] }],
    ["parse_yaml('kind: List\nitems: [1]')", { kind: 'List', items: [1] }],
    ["parse_yaml('a: 1\n---\nb: 2')", { a: 1 }],
    ["parse_yaml('')", null],
    ["parse_yaml('a: [')", /line 1, column 5: .* expected valid YAML or JSON/],
    ['parse_yaml(`1`)', /argument 1 is of type number/],
  ],
  random: [
    ["random('abc')", 'abc'],
    ["length(random('[a-z]{12}'))", 12],
    ["regex_match('^[0-9a-z]{8}$', random('[0-9a-z]{8}'))", true],
    ["random('')", /no pattern provided/],
    ["random('*')", /error parsing regexp: missing argument to repetition operator: `\*`/],
    ["random('\\d')", /error parsing regexp: invalid escape sequence: `\\d`/],
    [`random('${'a'.repeat(4097)}')`, /the pattern has 4097 characters, expected at most 4096/],
    ['random(`1`)', /argument 1 is of type number/],
  ],
  semver_compare: [
    ["semver_compare('1.2.3', '>=1.0.0 <2.0.0')", true],
    ["semver_compare('1.2.3-rc.1', '1.2.3')", false],
    ["semver_compare('1.2.3+build', '1.2.3')", true],
    ["semver_compare('1.2.3-rc.2', '>1.2.3-rc.1 <1.2.3')", true],
    ["semver_compare('1.2.3-rc.10', '>1.2.3-rc.9')", true],
    ["semver_compare('3.1.0', '<2.0.0 || >=3.0.0')", true],
    ["semver_compare('1.2.3', '1.x')", true],
    ["semver_compare('1.2.3', '1.2.x')", true],
    ["semver_compare('1.2.3', '>1.x')", false],
    ["semver_compare('1.2.3', '1.x.x')", false],
    ["semver_compare('1.0.3', '1.x.x')", true],
    ["semver_compare('1.2.3', '<=1.2.x')", true],
    ["semver_compare('1.2.3', '!=1.2.3')", false],
    ["semver_compare('v1.2.3', '<0.1.0')", true],
    ["semver_compare('latest', '0.0.0')", true],
    ["semver_compare('1.2.3', '^1.0.0')", /argument 2 is "\^1.0.0", expected a range/],
    ["semver_compare('1.2.3', '1.2')", /expected a range/],
    ["semver_compare('1.2.3', '')", /expected a range/],
    ["semver_compare(`1`, '1.2.3')", /argument 1 is of type number/],
  ],
  to_boolean: [
    ["to_boolean('TrUe')", true],
    ["to_boolean('false')", false],
    ["to_boolean('yes')", /argument 1 is "yes", expected "true" or "false"/],
    ['to_boolean(`true`)', /argument 1 is of type boolean, expected string/],
  ],
  x509_decode: [
    ["x509_decode('')", /failed to decode PEM block/],
    ["x509_decode('xyz')", /failed to decode PEM block/],
    ["x509_decode('-----BEGIN CERTIFICATE-----')", /failed to decode PEM block/],
    [
      "x509_decode('-----BEGIN X-----\n-----END X-----')",
      /PEM block neither contains a CERTIFICATE/,
    ],
    [
      "x509_decode('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----')",
      /Cannot read DER: ends inside a header/,
    ],
    ["x509_decode('x').Subject", /failed to decode PEM block/],
    ['x509_decode(`1`)', /argument 1 is of type number/],
  ],
};

/** Kyverno's own, on numbers, quantities and durations. */
const ARITHMETIC: Readonly<Record<string, readonly Row[]>> = {
  add: [
    ['add(`1`, `2.5`)', 3.5],
    ["add('1Gi', '512Mi')", '1536Mi'],
    ["add('100m', '1')", '1100m'],
    ["add('1.5', '1Ki')", '1025500m'],
    ["add('0', '1Ki')", '1Ki'],
    ["add('1e3', '1k')", '2e3'],
    ["add('1h', '45m')", /types mismatch, found a duration and a quantity/],
    ["add('1h', '45m0s')", '1h45m0s'],
    ["add('1h', '-90s')", '58m30s'],
    ["add('500ms', '1us')", '500.001ms'],
    ["add('9007199254740993', '1')", '9007199254740994'],
    ["add(`1`, '1')", /types mismatch, found a number and a quantity/],
    ["add('x', '1')", /invalid operand, argument 1 is "x"/],
    ['add(absent, `1`)', /invalid operand, argument 1 is of type null, expected a number/],
    ['add(`1e308`, `1e308`)', /the result is too large for a number/],
    ["add('2562047h', '1h')", /longer than a duration can be/],
  ],
  divide: [
    ['divide(`7`, `2`)', 3.5],
    ["divide('1Gi', '512Mi')", 2],
    ["divide('1Gi', `3`)", '357913941'],
    ["divide('1', `8`)", '0'],
    ["divide('1000m', `8`)", '125m'],
    ["divide('1h', '30m0s')", 2],
    ["divide('1h', `4`)", '15m0s'],
    ['divide(`1`, `0`)', /zero divisor passed/],
    ["divide('1', '0')", /zero divisor passed/],
    ["divide(`1`, '1')", /types mismatch/],
  ],
  modulo: [
    ['modulo(`7`, `-4`)', 3],
    ["modulo('13', '5')", '3'],
    ["modulo('1Gi', '1000Mi')", '24Mi'],
    ["modulo('1h', '50m0s')", '10m0s'],
    ['modulo(`1.5`, `1`)', /non-integer argument passed for modulo, found 1.5/],
    ["modulo('100m', '1')", /non-integer argument/],
    ['modulo(`1`, `0`)', /zero divisor passed/],
    ["modulo('1', `1`)", /types mismatch/],
  ],
  multiply: [
    ['multiply(`1.5`, `2`)', 3],
    ["multiply('512Mi', `2`)", '1Gi'],
    ["multiply(`0.5`, '1Gi')", '512Mi'],
    ["multiply('100m', `2.5`)", '250m'],
    ["multiply('1h', `1.5`)", '1h30m0s'],
    ["multiply('1E', `1000`)", '1e21'],
    ["multiply('1', '2')", /types mismatch, found a quantity and a quantity/],
    ["multiply('1h', `1e30`)", /longer than a duration can be/],
  ],
  round: [
    ['round(`1.255`, `1`)', 1.3],
    ['round(`2.5`, `0`)', 3],
    ['round(`-2.5`, `0`)', -3],
    ['round(`1`, `-1`)', /argument 2 is -1, expected an integer that is not negative/],
    ['round(`1`, `0.5`)', /argument 2 is 0.5/],
    ['round(`1`, `400`)', /the result is too large/],
  ],
  subtract: [
    ['subtract(`1`, `2.5`)', -1.5],
    ["subtract('1Gi', '1Mi')", '1023Mi'],
    ["subtract('1', '1.5')", '-500m'],
    ["subtract('1h', '1h30m')", '-30m0s'],
    ["subtract('1Ki', '1Ki')", '0'],
    ["subtract(`1`, '1')", /types mismatch/],
  ],
  sum: [
    ['sum(list)', 6],
    ["sum(['1Gi', '1Mi'])", '1025Mi'],
    ["sum(['1h', '1m1s'])", '1h1m1s'],
    ["sum(['x'])", 'x'],
    ['sum(`[]`)', /at least one element in the array is required/],
    ["sum(['1', `1`])", /types mismatch/],
    ["sum('1')", /argument 1 is of type string, expected array/],
  ],
};

/** Kyverno's own, on times. Now is 2026-11-21T17:00:00Z. */
const TIMES: Readonly<Record<string, readonly Row[]>> = {
  time_add: [
    ["time_add('2023-01-12T12:37:56-05:00', '6h')", '2023-01-12T18:37:56-05:00'],
    ["time_add('2024-02-28T23:59:59Z', '1s')", '2024-02-29T00:00:00Z'],
    ["time_add('2023-01-01T00:00:00Z', '-1ns')", '2022-12-31T23:59:59Z'],
    ["time_add('2023-01-01', '1h')", /argument 1 is "2023-01-01", expected a time in the layout/],
    ["time_add('2023-01-01T00:00:00Z', '1d')", /argument 2 is "1d", expected a duration/],
  ],
  time_after: [
    ["time_after('2023-01-01T00:00:01Z', '2023-01-01T00:00:00Z')", true],
    ["time_after('2023-01-01T00:00:00Z', '2023-01-01T00:00:00Z')", false],
    ["time_after('2023-01-01T00:00:00+01:00', '2023-01-01T00:00:00Z')", false],
    ["time_after('', '2023-01-01T00:00:00Z')", /argument 1 is ""/],
  ],
  time_before: [
    ["time_before('2023-01-01T00:00:00+01:00', '2023-01-01T00:00:00Z')", true],
    ["time_before('2023-01-01T00:00:00Z', '2023-01-01T00:00:00.000000001Z')", true],
    ["time_before('2023-01-01T00:00:00Z', `1`)", /argument 2 is of type number/],
  ],
  time_between: [
    ["time_between('2023-01-02T00:00:00Z', '2023-01-01T00:00:00Z', '2023-01-03T00:00:00Z')", true],
    ["time_between('2023-01-01T00:00:00Z', '2023-01-01T00:00:00Z', '2023-01-03T00:00:00Z')", false],
    ["time_between('x', 'x', 'x')", /argument 1 is "x"/],
  ],
  time_diff: [
    ["time_diff('2021-01-02T15:04:05-07:00', '2021-01-10T03:14:05-07:00')", '180h10m0s'],
    ["time_diff('2021-01-02T00:00:01Z', '2021-01-02T00:00:00Z')", '-1s'],
    ["time_diff('0001-01-01T00:00:00Z', '9999-01-01T00:00:00Z')", '2562047h47m16.854775807s'],
    ["time_diff('2021-02-30T00:00:00Z', '2021-01-02T00:00:00Z')", /argument 1 is "2021-02-30/],
  ],
  time_now: [
    ['time_now()', '2026-11-21T17:00:00Z'],
    ["time_now('ignored')", '2026-11-21T17:00:00Z'],
    ["time_after(time_now(), '2026-01-01T00:00:00Z')", true],
  ],
  time_now_utc: [
    ['time_now_utc()', '2026-11-21T17:00:00Z'],
    ["time_before(time_now_utc(), '2026-01-01T00:00:00Z')", false],
    ['time_utc(time_now_utc())', '2026-11-21T17:00:00Z'],
  ],
  time_parse: [
    ["time_parse('2006-01-02', '2023-03-04')", '2023-03-04T00:00:00Z'],
    ["time_parse('1', '1609459200')", '2021-01-01T00:00:00Z'],
    ["time_parse('20060102', '1609459200')", '2021-01-01T00:00:00Z'],
    ["time_parse('Mon Jan _2 15:04:05 2006', 'Tue Mar  7 01:02:03 2023')", '2023-03-07T01:02:03Z'],
    ["time_parse('02/Jan/06 03:04 PM', '07/MAR/70 12:30 AM')", '1970-03-07T00:30:00Z'],
    [
      "time_parse('Mon, 02 Jan 2006 15:04:05 -0700', 'Tue, 10 Nov 2009 23:00:00 +0330')",
      '2009-11-10T23:00:00+03:30',
    ],
    ["time_parse('02 Jan 06 15:04 MST', '10 Nov 09 23:00 CET')", '2009-11-10T23:00:00Z'],
    ["time_parse('15:04 MST', '23:00 GMT+3')", '0000-01-02T02:00:00+03:00'],
    ["time_parse('2006 002', '2024 060')", '2024-02-29T00:00:00Z'],
    ["time_parse('2006-01-02 15:04:05.000', '2023-03-04 05:06:07.12')", /argument 2 is/],
    ["time_parse('2006-01-02', '2023-02-29')", /argument 2 is "2023-02-29"/],
    ["time_parse('2006-01-02', '2023-03-04 ')", /argument 2 is/],
    ["time_parse('20060102', '20230304')", '1970-08-23T03:31:44Z'],
    ["time_parse('1', 'x')", /argument 2 is "x", expected seconds since 1970/],
    ["time_parse('1', '99999999999999')", /expected seconds since 1970/],
  ],
  time_since: [
    ["time_since('', '2026-11-21T16:59:59Z', '')", '1s'],
    ["time_since('2006-01-02', '2023-01-02', '2023-01-05')", '72h0m0s'],
    ["time_since('', '2026-11-21T17:00:00.25Z', '')", '-250ms'],
    ["time_since('2006-01-02', '2023-01-02T00:00:00Z', '')", /argument 2 is/],
    ["time_since('', absent, '')", /argument 2 is of type null/],
  ],
  time_to_cron: [
    ["time_to_cron('2022-04-11T03:14:05-07:00')", '14 3 11 4 1'],
    ["time_to_cron('2023-01-01T00:00:00Z')", '0 0 1 1 0'],
    ["time_to_cron('x')", /argument 1 is "x"/],
  ],
  time_truncate: [
    ["time_truncate('2023-01-12T17:37:59Z', '1h')", '2023-01-12T17:00:00Z'],
    ["time_truncate('2023-01-12T17:37:59+02:00', '24h')", '2023-01-12T02:00:00+02:00'],
    ["time_truncate('2023-01-12T17:37:59Z', '0')", '2023-01-12T17:37:59Z'],
    ["time_truncate('2023-01-12T17:37:59Z', 'x')", /argument 2 is "x", expected a duration/],
  ],
  time_utc: [
    ["time_utc('2021-01-02T18:04:05-07:00')", '2021-01-03T01:04:05Z'],
    ["time_utc('2021-01-02T18:04:05.9Z')", '2021-01-02T18:04:05Z'],
    ["time_utc('2021-01-02T24:04:05Z')", /argument 1 is "2021-01-02T24:04:05Z"/],
  ],
};

const ALL = { ...STANDARD, ...TEXT, ...VALUES, ...ARITHMETIC, ...TIMES };

for (const [name, rows] of Object.entries(ALL)) {
  for (const [expression, wanted] of rows) {
    test(`function ${name}: ${expression}`, () => {
      const outcome = outcomeOf(expression, DATA, HOSTS);
      if (!(wanted instanceof RegExp)) {
        assert.deepEqual(outcome, wanted);
        return;
      }
      const code = stringAt(outcome, 'code') ?? '';
      const message = stringAt(outcome, 'message') ?? '';
      assert.match(code, /^(?:INVALID_ARGUMENT|LOOKUP_FAILED)$/);
      assert.match(message, wanted);
      assert.ok(message.startsWith(`JMESPath function '${name}': `));
    });
  }
}

test('functions: every one has three rows, and one that it refuses unless it takes anything', () => {
  assert.deepEqual(Object.keys(ALL).sort(), [...FUNCTIONS.keys()].sort());
  for (const [name, rows] of Object.entries(ALL)) {
    assert.ok(rows.length >= 3, `${name} has ${rows.length} rows`);
    const takesAnything = FUNCTIONS.get(name)?.parameters.length === 0;
    assert.ok(takesAnything || rows.some(([, wanted]) => wanted instanceof RegExp), name);
  }
});

test('functions: JMESPath has 26 of its own, Kyverno 1.19 the rest', () => {
  // sum is in both; Kyverno's replaces JMESPath's.
  assert.equal(Object.keys(STANDARD).length, 25);
  assert.equal(FUNCTIONS.size, 25 + 51);
});

test('functions: docs/expressions.md names every one, and no other', () => {
  const [, table = ''] = /\n## Functions\n([^]*?)\n## /.exec(DOCS) ?? [];
  const named = [...table.matchAll(/`([a-z0-9_]+)`/g)].map(([, name = '']) => name);
  assert.deepEqual(named.sort(), [...FUNCTIONS.keys()].sort());
});
