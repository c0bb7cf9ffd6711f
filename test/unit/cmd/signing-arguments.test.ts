import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceUrl } from '#cmd/sign/service-url.ts';
import { checkSigningArguments, type SigningArguments } from '#cmd/sign/signing-arguments.ts';
import { signingServices } from '#cmd/sign/signing-services.ts';

const NONE: SigningArguments & { readonly 'insecure-registry': readonly string[] } = {
  key: undefined,
  'identity-token': undefined,
  'fulcio-url': undefined,
  'rekor-url': undefined,
  'timestamp-server-url': undefined,
  'signing-config': undefined,
  'tlog-upload': true,
  'insecure-registry': [],
};

const URL = 'https://sigstore.acme.example';

const CONFLICTS: readonly (readonly [string, Partial<SigningArguments>, RegExp])[] = [
  [
    'a key and a token',
    { key: 'k', 'identity-token': 't' },
    /^--key and --identity-token exclude each other/,
  ],
  [
    'a key and an authority',
    { key: 'k', 'fulcio-url': URL },
    /^--key and --fulcio-url exclude each other/,
  ],
  [
    'a signing config and a log',
    { 'signing-config': 'f', 'rekor-url': URL },
    /^--signing-config and --rekor-url exclude each other/,
  ],
  [
    'a signing config and no log',
    { 'signing-config': 'f', 'tlog-upload': false },
    /^--signing-config and --tlog-upload=false exclude/,
  ],
  [
    'a log and no log',
    { key: 'k', 'rekor-url': URL, 'tlog-upload': false },
    /^--rekor-url names a log, and --tlog-upload=false/,
  ],
  [
    'keyless without witness of its time',
    { 'tlog-upload': false },
    /^a keyless signature needs a witness of its time/,
  ],
];

for (const [criterion, given, message] of CONFLICTS) {
  test(`checkSigningArguments() refuses ${criterion}`, () => {
    assert.throws(() => checkSigningArguments({ ...NONE, ...given }), { code: 'USAGE', message });
  });
}

const SERVICES: readonly (readonly [string, Partial<SigningArguments>, object])[] = [
  [
    'the public authority and log for keyless signing',
    {},
    {
      authority: 'https://fulcio.sigstore.dev',
      logs: [{ url: 'https://rekor.sigstore.dev', version: 1 }],
      timestampAuthorities: [],
    },
  ],
  [
    'none that publishes what a key signs',
    { key: 'k' },
    { authority: 'https://fulcio.sigstore.dev', logs: [], timestampAuthorities: [] },
  ],
  [
    'those that flags name, without their last slash',
    { key: 'k', 'rekor-url': `${URL}/`, 'timestamp-server-url': `${URL}/tsa` },
    {
      authority: 'https://fulcio.sigstore.dev',
      logs: [{ url: URL, version: 1 }],
      timestampAuthorities: [`${URL}/tsa`],
    },
  ],
  [
    'no log where none is wanted',
    { 'tlog-upload': false, 'timestamp-server-url': URL, 'fulcio-url': URL },
    { authority: URL, logs: [], timestampAuthorities: [URL] },
  ],
];

for (const [criterion, given, expected] of SERVICES) {
  test(`signingServices() selects ${criterion}`, async () => {
    checkSigningArguments({ ...NONE, ...given });
    assert.deepEqual(await signingServices({ ...NONE, ...given }), expected);
  });
}

test('signingServices() names the flag whose URL cannot be used', async () => {
  await assert.rejects(signingServices({ ...NONE, 'fulcio-url': 'http://fulcio.acme.example' }), {
    code: 'USAGE',
    message:
      'invalid argument for "--fulcio-url" flag: plain HTTP is for loopback only, expected "https:" or --insecure-registry fulcio.acme.example',
  });
});

const GOOD_URLS: readonly (readonly [string, string])[] = [
  ['https://rekor.acme.example', 'https://rekor.acme.example'],
  ['https://acme.example:8443/rekor/', 'https://acme.example:8443/rekor'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ['http://localhost:3000/', 'http://localhost:3000'],
  ['http://[::1]:3000', 'http://[::1]:3000'],
  ['http://Rekor.lab:3000', 'http://rekor.lab:3000'],
];

for (const [written, url] of GOOD_URLS) {
  test(`serviceUrl() takes ${written}`, () => {
    assert.deepEqual(serviceUrl(written, ['rekor.LAB:3000']), { url });
  });
}

const BAD_URLS: readonly (readonly [string, RegExp])[] = [
  ['rekor.acme.example', /it is not a URL/],
  ['ftp://rekor.acme.example', /it begins with "ftp:", expected "https:"/],
  ['http://rekor.acme.example', /plain HTTP is for loopback only/],
  ['http://rekor.lab', /plain HTTP is for loopback only/],
  ['http://127.0.0.1.acme.example', /plain HTTP is for loopback only/],
  ['https://user:secret@rekor.acme.example', /it holds a user name or password/],
  ['https://rekor.acme.example/?token=secret', /it has a "\?" or "#" part/],
];

for (const [written, message] of BAD_URLS) {
  test(`serviceUrl() refuses ${written}`, () => {
    const refused = serviceUrl(written, ['rekor.lab:3000']);
    assert.ok(typeof refused === 'string');
    assert.match(refused, message);
    assert.doesNotMatch(refused, /secret/);
  });
}
