/** Flags that say which transparency logs may be asked; the webhook's flags have the same names. */
export const logFlags = {
  'no-online-log': {
    kind: 'switch',
    describe:
      'Never ask the logs that policies name for entries that signatures do not bring along',
  },
  'log-url': {
    kind: 'list',
    value: 'URL',
    describe: 'Log that policies of namespaces may have asked, besides the public one',
  },
} as const;
