/** Flags that say whom to believe; the webhook's flag has the same name. */
export const trustFlags = {
  'trusted-root': {
    kind: 'list',
    value: 'FILE|k8s://NAMESPACE/NAME[/KEY]|public',
    describe:
      "Sigstore trusted_root.json with the authorities and logs to believe, instead of the public instance's, or beside it",
  },
} as const;
