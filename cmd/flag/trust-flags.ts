/** Flags that say whom to believe; the webhook's flag has the same name. */
export const trustFlags = {
  'trusted-root': {
    kind: 'string',
    value: 'FILE',
    describe:
      "Sigstore trusted_root.json with the authorities and logs to believe, instead of the public instance's",
  },
} as const;
