import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { JsonValue } from '#shared/base/json-value.ts';
import { decodePem } from '#shared/condition/x509/decode-pem.ts';
import { isMailbox } from '#shared/condition/x509/mailbox.ts';
import { outcomeOf } from './outcome.ts';

interface Sample {
  readonly name: string;
  readonly label: string;
  /** In base64. */
  readonly der: string;
  /** What Go 1.26 makes of it with Kyverno's changes; long texts as their SHA-256. */
  readonly wanted?: JsonValue;
  /** Why Go refuses it. */
  readonly refused?: string;
}

const SAMPLES = JSON.parse(
  readFileSync(new URL('../../fixture/x509.json', import.meta.url), 'utf8'),
) as readonly Sample[];

const MAX_WRITTEN = 100;

function shortened(value: JsonValue | undefined): unknown {
  if (typeof value === 'string' && value.length > MAX_WRITTEN)
    return `sha256:${createHash('sha256').update(value).digest('hex')}`;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item)]));
}

function pemOf({ label, der }: Sample): string {
  return `-----BEGIN ${label}-----\n${der}\n-----END ${label}-----\n`;
}

for (const sample of SAMPLES) {
  const { name, wanted, refused } = sample;
  if (wanted !== undefined)
    test(`x509_decode: as Go has it: ${name}`, () => {
      assert.deepEqual(shortened(outcomeOf('x509_decode(@)', pemOf(sample)) as JsonValue), wanted);
    });
  else
    test(`x509_decode: refused as by Go (${refused}): ${name}`, () => {
      const outcome = outcomeOf('x509_decode(@)', pemOf(sample)) as {
        code: string;
        message: string;
      };
      assert.equal(outcome.code, 'INVALID_ARGUMENT');
      assert.match(outcome.message, /^JMESPath function 'x509_decode': /);
    });
}

test('x509_decode: policies name fields of what they decode', () => {
  const request = SAMPLES.find(({ name }) => name.startsWith('the request of Kyverno'));
  assert.ok(request !== undefined);
  const encoded = Buffer.from(pemOf(request)).toString('base64');
  const decoded = 'x509_decode(base64_decode(@))';
  assert.equal(outcomeOf(`${decoded}.Subject.CommonName`, encoded), 'example.digicert.com');
  assert.equal(outcomeOf(`${decoded}.PublicKey.E`, encoded), 65537);
  const modulus = outcomeOf(`${decoded}.PublicKey.N`, encoded);
  assert.ok(typeof modulus === 'string');
  assert.match(modulus, /^307887877754990842296\d{596}$/);
});

test('x509_decode: samples are of every kind', () => {
  assert.ok(SAMPLES.length > 70);
  assert.ok(SAMPLES.filter(({ refused }) => refused !== undefined).length > 20);
});

test('x509_decode: what no person makes is refused before it is read', () => {
  const huge = `-----BEGIN CERTIFICATE-----\n${'AAAA'.repeat(11_000)}\n-----END CERTIFICATE-----`;
  assert.deepEqual(outcomeOf('x509_decode(@)', huge), {
    code: 'INVALID_ARGUMENT',
    message:
      "JMESPath function 'x509_decode': the certificate has 33000 bytes, expected at most 32768",
  });
});

test('x509_decode: a rule can read some certificates, and not any number of them', () => {
  const [first] = SAMPLES;
  assert.ok(first !== undefined);
  const list = (length: number): JsonValue => Array.from({ length }, () => pemOf(first));
  assert.equal(outcomeOf('length(map(&x509_decode(@), @))', list(100)), 100);
  const outcome = outcomeOf('length(map(&x509_decode(@), @))', list(2000)) as { code: string };
  assert.equal(outcome.code, 'TOO_EXPENSIVE');
});

/** Text, and the block that is found: label and what it holds in base64. Go 1.26, `pem.Decode`. */
const BLOCKS: readonly (readonly [what: string, text: string, wanted: string | undefined])[] = [
  ['a block', '-----BEGIN X-----\nAAAA\n-----END X-----', 'X AAAA'],
  ['line breaks of Windows', '-----BEGIN X-----\r\nAAAA\r\n-----END X-----\r\n', 'X AAAA'],
  ['blanks', '-----BEGIN X----- \n\tAA AA \n-----END X----- \n', 'X AAAA'],
  ['text around it', 'a\n-----BEGIN X-----\nAAAA\n-----END X-----\nb', 'X AAAA'],
  ['headers', '-----BEGIN X-----\na: b\nc: d\n\nAAAA\n-----END X-----', 'X AAAA'],
  ['headers only', '-----BEGIN X-----\na: b\n-----END X-----', undefined],
  ['nothing inside', '-----BEGIN X-----\n-----END X-----', 'X '],
  [
    'two blocks, of which the first counts',
    '-----BEGIN X-----\nAAAA\n-----END X-----\n-----BEGIN Y-----\nAQID\n-----END Y-----',
    'X AAAA',
  ],
  [
    'a broken block before a good one',
    '-----BEGIN X-----\nA\n-----END X-----\n-----BEGIN Y-----\nAQID\n-----END Y-----',
    'Y AQID',
  ],
  [
    'a block that never ends before a good one',
    '-----BEGIN X-----\nA\n-----BEGIN Y-----\nAQID\n-----END Y-----',
    'Y AQID',
  ],
  ['one that begins within a line', 'a -----BEGIN X-----\nAAAA\n-----END X-----', undefined],
  ['one that ends as another', '-----BEGIN X-----\nAAAA\n-----END Y-----', undefined],
  ['text after the end', '-----BEGIN X-----\nAAAA\n-----END X-----a', undefined],
  ['no base64', '-----BEGIN X-----\nA!AA\n-----END X-----', undefined],
  ['no PEM', 'AAAA', undefined],
];

for (const [what, text, wanted] of BLOCKS)
  test(`decodePem: ${what}`, () => {
    const block = decodePem(text);
    assert.equal(block && `${block.label} ${block.bytes.toString('base64')}`, wanted);
  });

/** RFC 2821 and 3696, as Go reads them. */
const MAILBOXES: readonly (readonly [text: string, wanted: boolean])[] = [
  ['a@b.example', true],
  ['a.b+c@d', true],
  ['"a b"@c', true],
  ['"a\\"b"@c', true],
  ['a\\@b@c', true],
  ['a@', true],
  ['.a@b', false],
  ['a.@b', false],
  ['a..b@c', false],
  ['@b', false],
  ['a b@c', false],
  ['"a@b', false],
  ['a@b.', false],
  ['a@b..c', false],
  ['a', false],
];

for (const [text, wanted] of MAILBOXES)
  test(`isMailbox: ${text} is ${wanted ? 'one' : 'none'}`, () => {
    assert.equal(isMailbox(text), wanted);
  });
