import { member, stringAt } from '#shared/base/json-value.ts';
import { wildcardMatches } from '#shared/base/wildcard.ts';
import { patternProblem, skipPatternProblem } from '#shared/image/pattern-problem.ts';
import { repeatedFilters } from '#shared/policy/empty-selection.ts';
import { unknownVariables } from '#shared/policy/unknown-variables.ts';
import { writtenFilters, writtenSets } from '#shared/policy/written-policy.ts';
import { textsAt, type Written, writtenAt, writtenList } from '#shared/policy/written.ts';
import type { Found, LintRule, Subject } from './lint-rule.ts';

/** What works as written, and lets in more than its author most likely means. */
export const DANGERS: readonly LintRule[] = [
  {
    id: 'SP210',
    severity: 'warning',
    title: 'a pattern with an open end also matches names that go on',
    find: (subject) =>
      entriesOf(subject).flatMap((entry) =>
        [
          ...referencesAt(entry).filter(({ text }) => patternProblem(text) === undefined),
          ...skippedAt(entry),
        ]
          .filter(({ text }) => OPEN_END.test(text))
          .map(({ path, text }): Found => [path, openEnd(text)]),
      ),
  },
  {
    id: 'SP211',
    severity: 'warning',
    title: 'skipped images of any registry: whoever has one can name an image like that',
    find: (subject) =>
      entriesOf(subject).flatMap((entry) =>
        skippedAt(entry)
          .filter(({ text }) => text.startsWith('*'))
          .map(({ path, text }): Found => [
            path,
            `${JSON.stringify(text)} skips images of any registry, name the registry`,
          ]),
      ),
  },
  {
    id: 'SP212',
    severity: 'warning',
    title: 'images are verified by tag and not pinned, so that what runs may be something else',
    find: (subject) =>
      entriesOf(subject)
        .filter((entry) => enforces(entry, subject))
        .filter(({ value }) =>
          ['mutateDigest', 'verifyDigest'].every((key) => member(value, key) === false),
        )
        .map(({ path }): Found => [
          `${path}.mutateDigest`,
          'neither writes a digest nor asks for one, so a tag can be moved after it was verified; write "mutateDigest: true" or "verifyDigest: true"',
        ]),
  },
  {
    id: 'SP213',
    severity: 'warning',
    title: 'an exclusion by what the author of an object writes',
    find: ({ rules }) =>
      rules
        .filter(verifies)
        .flatMap((rule) => writtenFilters(rule, 'exclude'))
        .flatMap((filter) => writtenAt(filter, 'resources'))
        .flatMap((resources) =>
          ['annotations', 'selector']
            .filter((key) => writtenAt(resources, key).length > 0)
            .map((key): Found => [
              `${resources.path}.${key}`,
              'whoever creates the object writes these, and is excluded then; exclude namespaces, or users',
            ]),
        ),
  },
  {
    id: 'SP214',
    severity: 'warning',
    title: 'only creation is looked at, although updates change images',
    find: ({ rules }) =>
      rules
        .filter(verifies)
        .flatMap((rule) => writtenFilters(rule, 'match'))
        .flatMap((filter) => writtenAt(filter, 'resources'))
        .filter((resources) => {
          const operations = textsAt(resources, 'operations').map(({ text }) => text);
          return operations.includes('CREATE') && !operations.includes('UPDATE');
        })
        .map(({ path }): Found => [
          `${path}.operations`,
          'the image of a running Pod can be changed by an update, which this rule does not see; add UPDATE',
        ]),
  },
  {
    id: 'SP215',
    severity: 'warning',
    title: 'workloads are verified, and Pods are not',
    find: ({ rules }) =>
      rules.filter(verifies).flatMap((rule): readonly Found[] => {
        const kinds = writtenFilters(rule, 'match')
          .flatMap((filter) => writtenAt(filter, 'resources'))
          .flatMap((resources) => textsAt(resources, 'kinds').map(({ text }) => text));
        if (!kinds.some((kind) => WORKLOAD.test(kind)) || kinds.some((kind) => POD.test(kind)))
          return [];
        return [
          [
            `${rule.path}.match`,
            'Pods that are made without such a workload are not looked at; match Pod, workloads follow by themselves',
          ],
        ];
      }),
  },
  {
    id: 'SP216',
    severity: 'warning',
    title: 'a subject with an open end also matches other owners',
    find: (subject) =>
      keylessOf(subject).flatMap((keyless): readonly Found[] => {
        const written = stringAt(keyless.value, 'subject') ?? '';
        if (!OPEN_OWNER.test(written)) return [];
        return [
          [
            `${keyless.path}.subject`,
            `${JSON.stringify(written)} also matches owners or domains whose name goes on, put "/" or "@" before or after "*"`,
          ],
        ];
      }),
  },
  {
    id: 'SP217',
    severity: 'warning',
    title: 'short-lived certificates without a witness of the time of signing',
    find: (subject) =>
      keylessOf(subject)
        .filter(
          ({ value }) =>
            member(member(value, 'rekor'), 'ignoreTlog') === true &&
            (stringAt(value, 'ctlog', 'tsaCertChain') ?? '') === '',
        )
        .map(({ path }): Found => [
          `${path}.rekor.ignoreTlog`,
          'certificates for identities live for minutes, and without a log nobody says when the signature was made; add "ctlog.tsaCertChain", or ask for the log',
        ]),
  },
  {
    id: 'SP218',
    severity: 'warning',
    title: 'certificates that no public log knows are accepted',
    find: (subject) =>
      keylessOf(subject)
        .filter(({ value }) => member(member(value, 'ctlog'), 'ignoreSCT') === true)
        .filter(({ value }) => (stringAt(value, 'roots') ?? '') === '')
        .map(({ path }): Found => [
          `${path}.ctlog.ignoreSCT`,
          'a certificate that was issued wrongly leaves no trace then; set it only with "roots" of your own',
        ]),
  },
  {
    id: 'SP219',
    severity: 'warning',
    title: 'a policy that enforces, and admits what it could not find out',
    find: ({ spec }) =>
      [
        [spec, 'failurePolicy'] as const,
        ...writtenAt(spec, 'webhookConfiguration').map((one) => [one, 'failurePolicy'] as const),
      ]
        .filter(([owner, key]) => member(owner.value, key) === 'Ignore')
        .filter(() => JSON.stringify(spec.value).includes(':"Enforce"'))
        .map(([{ path }, key]): Found => [
          `${path}.${key}`,
          'who can keep the registry from answering gets images in unverified; write "Fail"',
        ]),
  },
  {
    id: 'SP220',
    severity: 'warning',
    title: 'a variable that nothing gives a value',
    find: (subject) =>
      subject.rules
        .filter(isJudging)
        .flatMap(unknownVariables)
        .filter(({ isRefused }) => !(isRefused && isKyvernos(subject)))
        .map(({ path, message }): Found => [path, message]),
  },
  {
    id: 'SP224',
    severity: 'warning',
    title: 'official images of Docker Hub that are written without "library/" are not matched',
    find: (subject) =>
      entriesOf(subject).flatMap((entry) =>
        [referencesAt(entry), skippedAt(entry)].flatMap((patterns) =>
          patterns
            .filter(({ text }) => OFFICIAL.test(text))
            .filter(
              ({ text }) => !patterns.some((other) => wildcardMatches(other.text, plain(text))),
            )
            .map(({ path, text }): Found => [
              path,
              `${JSON.stringify(text)} does not match what is written as "nginx", which is "docker.io/nginx:latest" for patterns; list ${JSON.stringify(plain(text))} beside it, or each of the names`,
            ]),
        ),
      ),
  },
  {
    id: 'SP225',
    severity: 'warning',
    title: 'an exclusion takes out all that a filter of "match" selects',
    find: (subject) =>
      isKyvernos(subject)
        ? []
        : subject.rules
            .flatMap(repeatedFilters)
            .map(({ path }): Found => [
              path,
              'is the same as a filter of "match": nothing is left of it',
            ]),
  },
];

/** What Kyverno refuses is told as that. */
function isKyvernos({ document }: Subject): boolean {
  return stringAt(document, 'apiVersion')?.startsWith('kyverno.io/') === true;
}

type Pattern = ReturnType<typeof textsAt>[number];

/** The patterns of what an entry is for; the field of old is one. */
function referencesAt(entry: Written): readonly Pattern[] {
  const image = stringAt(entry.value, 'image');
  const old = image === undefined ? [] : [{ path: `${entry.path}.image`, text: image }];
  return [...old, ...textsAt(entry, 'imageReferences')];
}

/** The patterns of what an entry leaves out; not those that leave nothing out, which is told as that. */
function skippedAt(entry: Written): readonly Pattern[] {
  return textsAt(entry, 'skipImageReferences').filter(
    ({ text }) => skipPatternProblem(text) === undefined,
  );
}

/** Docker Hub's folder for official images, which people leave out. */
const OFFICIAL = /^docker\.io\/library\//;

function plain(pattern: string): string {
  return pattern.replace(OFFICIAL, 'docker.io/');
}

/** A name that goes on into `*`, in the last part of a pattern. */
const OPEN_END = /(?:^|\/)[^/:@*?]*[\w.-]\*$/;

const WORKLOAD =
  /(?:^|\/)(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob)$/;

const POD = /(?:^|\/)(?:Pod|\*)(?:$|\/)/;

/** Owner or repository of a URL that goes on into `*`, or a domain into which one goes. */
const OPEN_OWNER = /^https?:\/\/[^/]+\/(?:[^/*]+\/)?[^/*@]+\*|^\*[A-Za-z0-9]/;

function openEnd(pattern: string): string {
  const name = pattern.slice(0, -1);
  return `${JSON.stringify(pattern)} also matches "${name}-other"; list "${name}:*" and "${name}@*", or "${name}/*"`;
}

/** The entry's own action, else the policy's, whose default is Audit. */
function enforces({ value }: Written, { spec }: Subject): boolean {
  const action =
    stringAt(value, 'failureAction') ?? stringAt(spec.value, 'validationFailureAction');
  return action?.toLowerCase() === 'enforce';
}

/** Rules that change or make objects are not read here. */
function isJudging(rule: Written): boolean {
  return verifies(rule) || writtenAt(rule, 'validate').length > 0;
}

function verifies(rule: Written): boolean {
  return writtenList(rule, 'verifyImages').length > 0;
}

function entriesOf({ rules }: Subject): readonly Written[] {
  return rules.flatMap((rule) => writtenList(rule, 'verifyImages'));
}

function keylessOf(subject: Subject): readonly Written[] {
  return entriesOf(subject)
    .flatMap(writtenSets)
    .flatMap((set) => writtenList(set, 'entries'))
    .flatMap((entry) => writtenAt(entry, 'keyless'));
}
