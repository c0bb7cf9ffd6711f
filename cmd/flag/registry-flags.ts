/** Flags that say how registries are reached; the webhook's flags have the same names. */
export const registryFlags = {
  'insecure-registry': {
    kind: 'list',
    value: 'HOST',
    describe: 'Registry host that is spoken to over plain HTTP; loopback needs no flag',
  },
  'registry-ca-file': {
    kind: 'string',
    value: 'FILE',
    describe: "PEM file with certificate authorities to trust besides the system's",
  },
} as const;
