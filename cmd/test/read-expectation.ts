import { type Fields, oneOf } from '#shared/policy/fields.ts';
import { RULE_RESULTS } from '#shared/report/rule-result.ts';
import { type Expectation, type ResourceSpec, TESTED_OPERATIONS } from './suite.ts';

/** Fields that say which other kind of policy an entry is about. */
const OTHER_KINDS: ReadonlyMap<string, string> = new Map([
  ['isValidatingAdmissionPolicy', 'ValidatingAdmissionPolicy'],
  ['isMutatingAdmissionPolicy', 'MutatingAdmissionPolicy'],
  ['isValidatingPolicy', 'ValidatingPolicy'],
  ['isDeletingPolicy', 'DeletingPolicy'],
  ['isImageValidatingPolicy', 'ImageValidatingPolicy'],
  ['isGeneratingPolicy', 'GeneratingPolicy'],
  ['isMutatingPolicy', 'MutatingPolicy'],
]);

/** Fields that only rules which make other objects fill. */
const GENERATED = ['generatedResource', 'generatedResources', 'cloneSourceResource'] as const;

/** One entry of `results`; what is wrong with it becomes faults of the suite. */
export function readExpectation(fields: Fields): Expectation {
  const result = fields.choice('result', RULE_RESULTS);
  const policy = fields.string('policy');
  if (policy === undefined)
    fields.fault('error', 'missing, expected the name of a policy', 'policy');
  if (!fields.has('result'))
    fields.fault('error', `missing, expected ${oneOf(RULE_RESULTS)}`, 'result');
  const expectation = {
    path: fields.path,
    policy: policy ?? '',
    rule: fields.string('rule'),
    kind: fields.string('kind'),
    resources: fields.strings('resources'),
    resourceSpecs: fields.objects('resourceSpecs').map(readSpec),
    result: result ?? 'error',
    operation: fields.choice('operation', TESTED_OPERATIONS),
    patchedResources: fields.string('patchedResources'),
    failOnMissingResources: fields.boolean('failOnMissingResources') ?? false,
    foreign: readForeign(fields),
  };
  fields.end();
  return expectation;
}

function readForeign(fields: Fields): string | undefined {
  const [kind] = [...OTHER_KINDS].filter(([field]) => fields.boolean(field) === true);
  const generated = GENERATED.filter((field) => fields.has(field));
  if (kind !== undefined) return `policies of kind ${kind[1]}`;
  return generated.length > 0 ? 'generate rules' : undefined;
}

function readSpec(fields: Fields): ResourceSpec {
  const spec = {
    group: fields.string('group') ?? '',
    version: fields.string('version'),
    kind: fields.string('kind'),
    namespace: fields.string('namespace'),
    name: fields.string('name'),
  };
  fields.string('subresource');
  fields.end();
  return spec;
}
