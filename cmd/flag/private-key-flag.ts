/** The key that signs. */
export const privateKeyFlag = {
  key: {
    kind: 'string',
    value: 'FILE',
    describe: 'PEM file with the private key; COSIGN_PASSWORD opens an encrypted one',
  },
} as const;
