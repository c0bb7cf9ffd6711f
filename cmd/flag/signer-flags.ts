/** cosign's flags that say who must have signed, by cosign's names. */
export const signerFlags = {
  key: {
    kind: 'string',
    value: 'FILE|-|URI',
    describe:
      'PEM file with the public key (or keys), or k8s://, awskms://, azurekms://, gcpkms://, hashivault://',
  },
  'certificate-identity': {
    kind: 'string',
    value: 'IDENTITY',
    describe: 'Whom the signing certificate must name, word for word',
  },
  'certificate-identity-regexp': {
    kind: 'string',
    value: 'REGEXP',
    describe: 'The same as a regular expression; "^" and "$" make it match the whole',
  },
  'certificate-oidc-issuer': {
    kind: 'string',
    value: 'URL',
    describe: 'Who must have vouched for that identity, word for word',
  },
  'certificate-oidc-issuer-regexp': {
    kind: 'string',
    value: 'REGEXP',
    describe: 'The same as a regular expression',
  },
  annotations: {
    kind: 'list',
    short: 'a',
    value: 'KEY=VALUE',
    describe: 'What the signed payload has to say, with --key or an identity',
  },
  type: {
    kind: 'string',
    value: 'TYPE',
    describe:
      'Verify an attestation of this predicate type (slsaprovenance1, spdx, vuln, … or a URI), not a signature',
  },
  'rekor-url': {
    kind: 'string',
    value: 'URL',
    describe: 'Ask this transparency log where a signature brings no log entry along',
  },
  'insecure-ignore-tlog': {
    kind: 'switch',
    describe: 'Ask for no entry in a transparency log',
  },
  'insecure-ignore-sct': {
    kind: 'switch',
    describe: 'Ask for no proof that the certificate is in a certificate transparency log',
  },
} as const;
