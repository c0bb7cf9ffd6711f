import { member, stringAt } from '../base/json-value.ts';
import type { RefusalFinder } from './refusal.ts';
import { isGiven, type Written, writtenAt, writtenList } from './written.ts';

/** Of `match` and `exclude`: in the lists of `any` and `all` they are known. */
const OF_BLOCKS = ['resources', 'subjects', 'roles', 'clusterRoles'];

const OF_VALIDATE = ['allowExistingViolations'];

const OF_ENTRIES = [
  'additionalExtensions',
  'annotations',
  'cosignOCI11',
  'image',
  'issuer',
  'key',
  'roots',
  'subject',
];

/** What policies of `kyverno.io/v2beta1` do not have, by the definitions of Kyverno 1.19. */
export const fieldsOfV1: RefusalFinder = ({ policy, rules }) => {
  if (stringAt(policy.value, 'apiVersion') !== 'kyverno.io/v2beta1') return [];
  return rules.flatMap((rule) => {
    const validate = writtenAt(rule, 'validate');
    const lists = [
      [rule, 'preconditions'] as const,
      ...validate
        .flatMap((one) => writtenAt(one, 'deny'))
        .map((deny) => [deny, 'conditions'] as const),
    ].filter(([owner, key]) => Array.isArray(member(owner.value, key)));
    const fields = [
      ...given([...writtenAt(rule, 'match'), ...writtenAt(rule, 'exclude')], OF_BLOCKS),
      ...given(validate, OF_VALIDATE),
      ...given(writtenList(rule, 'verifyImages'), OF_ENTRIES),
    ];
    return [
      ...fields.map((path) => [path, `this ${IN_BETA}`] as const),
      ...lists.map(([{ path }, key]) => [`${path}.${key}`, `a list here ${IN_BETA}`] as const),
    ];
  });
};

const IN_BETA =
  'in kyverno.io/v2beta1, which does not know it: kubectl tells so, and without its check the API server drops it; write kyverno.io/v1';

function given(owners: readonly Written[], keys: readonly string[]): readonly string[] {
  return owners.flatMap((owner) =>
    keys.filter((key) => isGiven(owner, key)).map((key) => `${owner.path}.${key}`),
  );
}
