import type { JsonValue } from '../base/json-value.ts';
import { ConditionError } from '../condition/condition-error.ts';
import { parseJmespath } from '../condition/jmespath/parse-jmespath.ts';
import { listVariables } from '../condition/variables/list-variables.ts';
import type { ContextEntry } from './context-entry.ts';
import { type Fields, oneOf } from './fields.ts';
import { readCredentials } from './read-credentials.ts';
import { parseReferenceField } from './read-image-data.ts';
import { readApiCall } from './read-api-call.ts';
import { reportVariableFaults } from './variable-faults.ts';

/** Entries of one rule; Kyverno has no bound, published policies have at most five. */
const MAX_ENTRIES = 100;

/** Names that a rule has without declaring them (Kyverno 1.19). */
const RESERVED = [
  'images',
  'request',
  'serviceAccountName',
  'serviceAccountNamespace',
  'element',
  'elementIndex',
] as const;

const KINDS = ['variable', 'configMap', 'apiCall', 'imageRegistry', 'globalReference'] as const;

/**
 * Reads `context` of a rule or of a `foreach`, with all faults. The order counts: entries use those above
 * them.
 */
export function readContext(owner: Fields): readonly ContextEntry[] {
  const items = owner.objects('context');
  if (items.length > MAX_ENTRIES)
    owner.fault('error', `has ${items.length} entries, expected at most ${MAX_ENTRIES}`, 'context');
  return items.slice(0, MAX_ENTRIES).flatMap((fields) => readEntry(fields) ?? []);
}

function readEntry(fields: Fields): ContextEntry | undefined {
  const name = readName(fields);
  const kinds = KINDS.filter((kind) => fields.has(kind));
  const [kind, ...more] = kinds;
  const source = kind === undefined ? undefined : fields.object(kind);
  for (const known of KINDS) fields.json(known);
  fields.end();
  if (kind === undefined || more.length > 0) {
    const found = kind === undefined ? 'none of them' : kinds.join(' and ');
    fields.fault('error', `found ${found}, expected exactly one of ${oneOf(KINDS)}`);
    return undefined;
  }
  if (name === undefined || source === undefined) return undefined;
  reportVariableFaults(fields, kind);
  const entry = READERS[kind](source, { path: fields.path, name });
  source.end();
  return entry;
}

function readName(fields: Fields): string | undefined {
  const name = fields.string('name') ?? '';
  const reserved = RESERVED.find((known) => name === known || name.startsWith(`${known}.`));
  if (name === '')
    fields.fault('error', 'missing, expected the name that variables use for the entry', 'name');
  else if (reserved !== undefined)
    fields.fault(
      'error',
      `found "${name}", expected another than the variable "${reserved}"`,
      'name',
    );
  else return name;
  return undefined;
}

interface Head {
  readonly path: string;
  readonly name: string;
}

const READERS: Readonly<
  Record<(typeof KINDS)[number], (source: Fields, head: Head) => ContextEntry | undefined>
> = {
  variable: readVariable,
  configMap: (source, head) => {
    const configMap = required(source, 'name');
    const namespace = required(source, 'namespace');
    return configMap === undefined || namespace === undefined
      ? undefined
      : { ...head, kind: 'config-map', namespace, configMap };
  },
  apiCall: (source, head) => {
    const call = readApiCall(source);
    const fallback = source.json('default');
    const jmesPath = readExpression(source);
    return call && { ...head, kind: 'api-call', call, jmesPath, default: fallback };
  },
  imageRegistry: (source, head) => {
    const reference = parseReferenceField(source);
    const credentials = readCredentials(source);
    const jmesPath = readExpression(source);
    return reference === undefined
      ? undefined
      : { ...head, kind: 'image-data', reference, jmesPath, credentials };
  },
  globalReference: (source, head) => {
    const reference = required(source, 'name');
    const jmesPath = readExpression(source);
    return reference === undefined ? undefined : { ...head, kind: 'global', reference, jmesPath };
  },
};

function readVariable(source: Fields, head: Head): ContextEntry | undefined {
  const value = source.json('value');
  const jmesPath = readExpression(source);
  const fallback: JsonValue | undefined = source.json('default');
  if (value === undefined && jmesPath === undefined) {
    source.fault('error', 'says nothing, expected "value" or "jmesPath"');
    return undefined;
  }
  if (fallback !== undefined && jmesPath === undefined)
    source.fault('error', 'has no use without "jmesPath", expected both or none', 'default');
  return { ...head, kind: 'variable', value, jmesPath, default: fallback };
}

function required(source: Fields, key: string): string | undefined {
  const text = source.string(key) ?? '';
  if (text !== '') return text;
  if (!source.has(key) || source.json(key) === '')
    source.fault('error', 'missing, expected a name', key);
  return undefined;
}

/** `jmesPath`: with variables in it, it is known only when they are. */
function readExpression(source: Fields): string | undefined {
  const text = source.string('jmesPath') ?? '';
  if (text === '') return undefined;
  const { variables, faults } = listVariables(text, source.at('jmesPath'));
  if (variables.length > 0 || faults.length > 0) return text;
  try {
    parseJmespath(text);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    source.fault('error', error.message, 'jmesPath');
  }
  return text;
}
