import type { Fault } from '../base/fault.ts';
import { isJsonObject, type JsonObject, stringAt } from '../base/json-value.ts';
import { skipPatternProblem } from '../image/pattern-problem.ts';
import type { ExceptedRules, PolicyException } from './exception.ts';
import { READER_RULES } from './fault-rules.ts';
import { Fields, oneOf, quote } from './fields.ts';
import type { Selection } from './model.ts';
import { readConditions } from './read-conditions.ts';
import { readSelection } from './read-selection.ts';

export interface ReadException {
  /** Undefined where anything is wrong with it: then nothing is exempted. */
  readonly exception: PolicyException | undefined;
  readonly faults: readonly Fault[];
}

const GROUP = 'kyverno.io';
const KIND = 'PolicyException';
const VERSIONS: readonly string[] = ['kyverno.io/v2', 'kyverno.io/v2beta1'];

/**
 * The images of an exception where the API server does not know our field `spec.images` and would drop it
 * silently, which would exempt the whole object; separated by commas.
 */
export const EXCEPTION_IMAGES: string = 'sign-policy.dev/exception-images';

/**
 * Reads a `PolicyException` of kyverno.io (Kyverno 1.19), with `images` as our addition. An exception that
 * cannot be honoured word for word exempts nothing. Undefined for documents of other kinds.
 */
export function readException(document: JsonObject): ReadException | undefined {
  const apiVersion = stringAt(document, 'apiVersion') ?? '';
  if (stringAt(document, 'kind') !== KIND || apiVersion.split('/')[0] !== GROUP) return undefined;
  const faults: Fault[] = [];
  const root = new Fields(document, '', faults);
  if (!VERSIONS.includes(apiVersion))
    root.fault('error', `found ${quote(apiVersion)}, expected ${oneOf(VERSIONS)}`, 'apiVersion');
  const exception = readRoot(root);
  const isBad = faults.some(({ severity }) => severity !== 'warning');
  return { exception: isBad ? undefined : exception, faults };
}

/** Whether nothing is wrong with an exception that exempts nothing here: it is about rules of other engines. */
export function isForeignException({ exception, faults }: ReadException): boolean {
  return exception === undefined && faults.every(({ severity }) => severity === 'foreign');
}

function readRoot(root: Fields): PolicyException | undefined {
  for (const key of ['apiVersion', 'kind', 'status']) root.json(key);
  // An absent block reads like an empty one: its name is what is missing.
  const metadata = root.object('metadata') ?? new Fields({}, 'metadata', []);
  const name = metadata.string('name') ?? '';
  if (name === '')
    root.faultAt('metadata.name', 'error', 'missing, expected the name of the exception');
  const spec = root.object('spec');
  root.end();
  if (spec === undefined) {
    root.fault('error', 'missing, expected what is exempted from which rules', 'spec');
    return undefined;
  }
  const listed = metadata.stringMap('annotations')[EXCEPTION_IMAGES];
  // kubectl applies an object without a namespace to this one.
  const namespace = metadata.string('namespace') ?? 'default';
  return { namespace, name, ...readSpec(spec, listed) };
}

function readSpec(
  spec: Fields,
  listed: string | undefined,
): Omit<PolicyException, 'namespace' | 'name'> {
  const match = readMatch(spec, spec.boolean('background') ?? true);
  const conditions = readConditions(spec, 'conditions');
  readPodSecurity(spec);
  const policies = spec.objects('exceptions').map(readRules);
  if (policies.length === 0)
    spec.fault('error', 'found no rules, expected at least one policy', 'exceptions');
  const images = readImages(spec, listed);
  spec.end();
  return { match, conditions, policies, images };
}

function readMatch(spec: Fields, isForBackground: boolean): Selection {
  const match = spec.json('match');
  if (isJsonObject(match) && 'resources' in match)
    spec.faultAt(
      `${spec.at('match')}.resources`,
      'error',
      'found "resources", expected any or all',
    );
  const selection = readSelection(spec.picking(['match']));
  const asksForUsers = selection.match.filters.some(({ user }) => user !== undefined);
  // Kyverno 1.19 refuses it, since nobody asks when it scans.
  if (asksForUsers && isForBackground)
    spec.fault('error', 'asks for users, which needs "background: false"', 'match');
  return selection;
}

/** Its controls are those of `podSecurity` rules; rules about images must not be exempted on the way. */
function readPodSecurity(spec: Fields): void {
  const controls = spec.objects('podSecurity');
  if (controls.length === 0) return;
  const message =
    'is about Pod Security Standards: nothing is exempted here, left to other engines';
  spec.fault('foreign', message, 'podSecurity');
}

function readRules(fields: Fields): ExceptedRules {
  const policyName = fields.string('policyName') ?? '';
  const ruleNames = fields.strings('ruleNames');
  fields.end();
  if (policyName === '') fields.fault('error', 'missing, expected a policy', 'policyName');
  if (ruleNames.length === 0)
    fields.fault('error', 'found no rules, expected at least one', 'ruleNames');
  return { policyName, ruleNames };
}

/** An empty list says less than none: it must not exempt the whole object. */
function readImages(spec: Fields, listed: string | undefined): readonly string[] | undefined {
  const written = spec.strings('images');
  const annotated = (listed ?? '').split(',').map((pattern) => pattern.trim());
  if (listed === undefined && !spec.has('images')) return undefined;
  if (listed !== undefined && spec.has('images'))
    spec.fault('error', `found "images" beside annotation ${EXCEPTION_IMAGES}, expected one`);
  const images = listed === undefined ? written : annotated;
  if (images.length === 0 || images.includes(''))
    spec.fault('error', 'found an empty pattern or none, expected patterns of images', 'images');
  lintImages(spec, images);
  return images;
}

function lintImages(spec: Fields, images: readonly string[]): void {
  for (const pattern of images.filter((one) => one !== '')) {
    const problem = skipPatternProblem(pattern);
    if (problem !== undefined)
      spec.fault(READER_RULES.idlePattern, `${quote(pattern)} ${problem}`, 'images');
  }
}
