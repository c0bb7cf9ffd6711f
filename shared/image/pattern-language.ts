import { Automaton, type Step } from '../base/automaton.ts';

const LOWER = /[a-z0-9]/;
const CAPITAL = /[A-Z]/;
const LETTER = /[A-Za-z0-9]/;

/** A chain of states that reads `text` and ends in `end`; the first one is `name`. */
function reading(
  name: string,
  text: string,
  end: readonly Step[],
): readonly (readonly [string, readonly Step[]])[] {
  const at = (index: number): string => (index === 0 ? name : `${name} ${text.slice(0, index)}`);
  return [
    ...Array.from(text, (letter, index): readonly [string, readonly Step[]] => [
      at(index),
      [[new RegExp(letter), at(index + 1)]],
    ]),
    [at(text.length), end],
  ];
}

const AFTER_HOST: Step = [/\//, 'component'];

/** A name is a host by a dot, a colon or a capital, or because it is `localhost`: else it is a path. */
const HOST: readonly (readonly [string, readonly Step[]])[] = [
  [
    'host',
    [
      [LOWER, 'word of a path or host'],
      [CAPITAL, 'label'],
      [/\[/, 'address'],
      [/l/, 'localhost l'],
    ],
  ],
  [
    'word of a path or host',
    [
      [LOWER, 'word of a path or host'],
      [/-/, 'dash of a path or host'],
      [CAPITAL, 'label'],
      [/\./, 'dot'],
      [/:/, 'colon'],
    ],
  ],
  [
    'dash of a path or host',
    [
      [/-/, 'dash of a path or host'],
      [LOWER, 'word of a path or host'],
      [CAPITAL, 'label'],
    ],
  ],
  ['label', [[LETTER, 'label'], [/-/, 'dash'], [/\./, 'dot'], [/:/, 'colon'], AFTER_HOST]],
  [
    'dash',
    [
      [/-/, 'dash'],
      [LETTER, 'label'],
    ],
  ],
  ['dot', [[LETTER, 'label']]],
  ['colon', [[/\d/, 'port']]],
  ['port', [[/\d/, 'port'], AFTER_HOST]],
  ['address', [[/[a-fA-F0-9:]/, 'address of some length']]],
  [
    'address of some length',
    [
      [/[a-fA-F0-9:]/, 'address of some length'],
      [/\]/, 'whole address'],
    ],
  ],
  ['whole address', [[/:/, 'colon'], AFTER_HOST]],
  ...reading('localhost', 'localhost', [AFTER_HOST]),
];

const PATH: readonly (readonly [string, readonly Step[]])[] = [
  ['component', [[LOWER, 'word']]],
  [
    'word',
    [
      [LOWER, 'word'],
      [/[./]/, 'component'],
      [/_/, 'underscore'],
      [/-/, 'dashes'],
      [/:/, 'tag'],
      [/@/, 'digest'],
    ],
  ],
  [
    'underscore',
    [
      [/_/, 'component'],
      [LOWER, 'word'],
    ],
  ],
  [
    'dashes',
    [
      [/-/, 'dashes'],
      [LOWER, 'word'],
    ],
  ],
  ['tag', [[/\w/, 'tag of some length']]],
  ['tag of some length', [[/[\w.-]/, 'tag of some length']]],
  ...reading('digest', 'sha', [
    [/2/, 'sha256 2'],
    [/5/, 'sha512 5'],
  ]),
  ...reading('sha256', '256:', [[/[0-9a-f]/, 'hexadecimal digits']]),
  ...reading('sha512', '512:', [[/[0-9a-f]/, 'hexadecimal digits']]),
  ['hexadecimal digits', [[/[0-9a-f]/, 'hexadecimal digits']]],
];

const STEPS = new Map([...HOST, ...PATH]);
const NAMED: ReadonlySet<string> = new Set(['tag of some length', 'hexadecimal digits']);

/**
 * What patterns are compared with: `registry/path:tag` or `registry/path@digest` of every reference that
 * there can be, of any length. The grammar is the one of `reference.ts`.
 */
export const IMAGE_NAMES: Automaton = new Automaton(STEPS, 'host', NAMED);

/** The same before the first `/`, where a pattern in a skip list has its host. */
export const REGISTRY_HOSTS: Automaton = new Automaton(
  STEPS,
  'host',
  new Set(['label', 'port', 'whole address', 'localhost localhost']),
);

/** The same behind the first `/`. */
export const NAMES_IN_REGISTRY: Automaton = new Automaton(STEPS, 'component', NAMED);
