import { member, stringAt } from '#shared/base/json-value.ts';
import { writtenFilters, writtenSets } from '#shared/policy/written-policy.ts';
import { textsAt, type Written, writtenAt, writtenList } from '#shared/policy/written.ts';
import type { Found, LintRule } from './lint-rule.ts';

/** What a policy asks for that is decided differently here than in Kyverno 1.19, on purpose. */
export const DIFFERENCES: readonly LintRule[] = [
  {
    id: 'SP302',
    severity: 'note',
    title: 'match conditions narrow the policy; Kyverno 1.19 verifies no image under such policies',
    find: ({ spec, rules }) =>
      rules.flatMap(entriesOf).length === 0
        ? []
        : writtenAt(spec, 'webhookConfiguration')
            .filter((webhook) => writtenList(webhook, 'matchConditions').length > 0)
            .map(({ path }): Found => [
              `${path}.matchConditions`,
              'images are verified where these hold; Kyverno 1.19 verifies none under such a policy',
            ]),
  },
  {
    id: 'SP303',
    severity: 'note',
    title: 'constraints on Sigstore bundles that Kyverno 1.19 ignores count here',
    find: ({ rules }) =>
      rules
        .flatMap(entriesOf)
        .filter(isForBundles)
        .flatMap((entry) => [
          ...[entry, ...attestorsOf(entry)].filter(hasAnnotations).map(({ path }) => ({
            path: `${path}.annotations`,
            what: 'annotations are',
          })),
          ...attestorsOf(entry)
            .flatMap((attestor) => writtenAt(attestor, 'keyless'))
            .flatMap((keyless) =>
              IGNORED.filter((keys) => (stringAt(keyless.value, ...keys) ?? '') !== '').map(
                (keys) => ({ path: [keyless.path, ...keys].join('.'), what: 'this is' }),
              ),
            ),
        ])
        .map(({ path, what }): Found => [
          path,
          `${what} compared with bundles too; Kyverno 1.19 ignores it for them`,
        ]),
  },
  {
    id: 'SP304',
    severity: 'note',
    title: 'without a log the timestamp authority that is named must have stamped the signature',
    find: ({ rules }) =>
      rules
        .flatMap(entriesOf)
        .flatMap(attestorsOf)
        .flatMap((attestor) =>
          ['keys', 'keyless', 'certificates'].flatMap((form) => writtenAt(attestor, form)),
        )
        .filter(
          ({ value }) =>
            member(member(value, 'rekor'), 'ignoreTlog') === true &&
            (stringAt(value, 'ctlog', 'tsaCertChain') ?? '') !== '',
        )
        .map(({ path }): Found => [
          `${path}.ctlog.tsaCertChain`,
          'a timestamp is required, since no log is asked; Kyverno 1.19 uses one only where there is one',
        ]),
  },
  {
    id: 'SP305',
    severity: 'note',
    title: 'a "*" in the host of a skipped image stays in the host',
    find: ({ rules }) =>
      rules.flatMap(entriesOf).flatMap((entry) =>
        textsAt(entry, 'skipImageReferences')
          .filter(({ text }) => /^[^/]*[*?][^/]*\//.test(text))
          .map(({ path, text }): Found => [
            path,
            `the wildcard before the first "/" of ${JSON.stringify(text)} stays in the host; in Kyverno it also matches what a foreign host has behind it`,
          ]),
      ),
  },
  {
    id: 'SP306',
    severity: 'note',
    title: '"mutateDigest" is for the images of its own entry',
    find: ({ rules }) =>
      rules.flatMap((rule): readonly Found[] => {
        const entries = entriesOf(rule);
        const off = entries.filter(({ value }) => member(value, 'mutateDigest') === false);
        return off.length === 0 || off.length === entries.length
          ? []
          : off.map(({ path }): Found => [
              `${path}.mutateDigest`,
              'images of this entry are not pinned; in Kyverno 1.19 one entry that pins does so for the whole rule',
            ]);
      }),
  },
  {
    id: 'SP307',
    severity: 'note',
    title: 'a statement about an image is no signature of it',
    find: ({ rules }) =>
      rules
        .flatMap(entriesOf)
        .filter((entry) => isForBundles(entry) && writtenList(entry, 'attestors').length > 0)
        .map(({ path }): Found => [
          `${path}.type`,
          'only signatures count for "attestors"; in Kyverno 1.19 any bundle does, an SBOM too',
        ]),
  },
  {
    id: 'SP308',
    severity: 'note',
    title: 'extractors add to the places of images that are known',
    find: ({ rules }) =>
      rules
        .flatMap((rule) => writtenAt(rule, 'imageExtractors'))
        .filter((extractors) => writtenList(extractors, 'Pod').length > 0)
        .map(({ path }): Found => [
          `${path}.Pod`,
          'the containers of Pods are judged besides; in Kyverno 1.19 these paths replace them',
        ]),
  },
  {
    id: 'SP309',
    severity: 'warning',
    title: 'nothing is judged when objects are deleted or connected to',
    find: ({ rules }) =>
      rules
        .filter(judgesDeletions)
        .flatMap((rule) => writtenFilters(rule, 'match'))
        .flatMap((filter) => writtenAt(filter, 'resources'))
        .flatMap((resources) => textsAt(resources, 'operations'))
        .filter(({ text }) => text === 'DELETE' || text === 'CONNECT')
        .map(({ path, text }): Found => [
          path,
          `the webhook is not asked about ${text}, so the rule refuses none; Kyverno 1.19 asks it`,
        ]),
  },
];

/** In Kyverno patterns, and rules that verify images, have nothing to say of deletions either. */
function judgesDeletions(rule: Written): boolean {
  return writtenAt(rule, 'validate').some(({ value }) =>
    ['deny', 'foreach', 'cel'].some((language) => member(value, language) !== undefined),
  );
}

/** What Kyverno does not look at where a signature is a bundle. */
const IGNORED = [['roots'], ['rekor', 'pubkey'], ['ctlog', 'pubkey'], ['ctlog', 'tsaCertChain']];

function entriesOf(rule: Written): readonly Written[] {
  return writtenList(rule, 'verifyImages');
}

function attestorsOf(entry: Written): readonly Written[] {
  return writtenSets(entry).flatMap((set) => writtenList(set, 'entries'));
}

function isForBundles({ value }: Written): boolean {
  return member(value, 'type') === 'SigstoreBundle';
}

function hasAnnotations(written: Written): boolean {
  return writtenAt(written, 'annotations').some(({ value }) => Object.keys(value).length > 0);
}
