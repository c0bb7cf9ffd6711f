/** Who signs and which services vouch for it, by cosign's names. */
export const signingFlags = {
  key: {
    kind: 'string',
    value: 'FILE',
    describe:
      'PEM file with the private key; COSIGN_PASSWORD opens an encrypted one. Without it, signing is keyless',
  },
  'identity-token': {
    kind: 'string',
    value: 'TOKEN|FILE|-',
    describe:
      'OIDC token to sign keyless with, itself or a file; else SIGSTORE_ID_TOKEN, else the CI job is asked',
  },
  'fulcio-url': {
    kind: 'string',
    value: 'URL',
    describe: "Authority that issues the certificate, instead of Sigstore's public one",
  },
  'rekor-url': {
    kind: 'string',
    value: 'URL',
    describe:
      "Transparency log to write to: Sigstore's public one for keyless signing, none with --key",
  },
  'timestamp-server-url': {
    kind: 'string',
    value: 'URL',
    describe:
      'Authority that timestamps the signature, where it answers (RFC 3161); none if not given',
  },
  'signing-config': {
    kind: 'string',
    value: 'FILE',
    describe: 'Sigstore signing config (v0.2) that names all these services',
  },
  'tlog-upload': {
    kind: 'switch',
    default: true,
    describe: 'Write to the transparency log; --tlog-upload=false does not',
  },
} as const;
