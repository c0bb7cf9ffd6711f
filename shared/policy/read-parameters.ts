import type { ParameterEntry } from './context-entry.ts';
import type { Fields } from './fields.ts';
import { readLabelSelector } from './read-label-selector.ts';

/** Reads `paramKind` and `paramRef` of `validate.cel`; what is wrong is what Kyverno 1.19 refuses too. */
export function readParameters(cel: Fields): ParameterEntry | undefined {
  const kind = cel.object('paramKind');
  const ref = cel.object('paramRef');
  if (kind === undefined && ref === undefined) return undefined;
  if (kind === undefined) cel.fault('error', 'missing, "paramRef" needs it', 'paramKind');
  if (ref === undefined) cel.fault('error', 'missing, "paramKind" needs it', 'paramRef');
  const type = kind && readKind(kind);
  const place = ref && readReference(ref);
  return type && place && { kind: 'parameters', name: 'params', ...type, ...place };
}

function readKind(fields: Fields): Pick<ParameterEntry, 'apiVersion' | 'paramKind'> {
  const apiVersion = fields.string('apiVersion') ?? '';
  const paramKind = fields.string('kind') ?? '';
  fields.end();
  if (apiVersion === '' || paramKind === '')
    fields.fault('error', 'is not complete, expected "apiVersion" and "kind"');
  return { apiVersion, paramKind };
}

type Reference = Pick<ParameterEntry, 'path' | 'namespace' | 'chosen' | 'isRequired'>;

function readReference(ref: Fields): Reference | undefined {
  const chosen = readChosen(ref);
  const namespace = ref.string('namespace') ?? '';
  const action = ref.choice('parameterNotFoundAction', ['Allow', 'Deny']);
  if (!ref.has('parameterNotFoundAction'))
    ref.fault('error', 'missing, expected "Allow" or "Deny"', 'parameterNotFoundAction');
  ref.end();
  return chosen && { path: ref.path, namespace, chosen, isRequired: action === 'Deny' };
}

function readChosen(ref: Fields): ParameterEntry['chosen'] | undefined {
  const name = ref.string('name') ?? '';
  const selector = readLabelSelector(ref, 'selector');
  if ((name === '') === (selector === undefined)) {
    const found = name === '' ? 'none of them' : 'both';
    ref.fault('error', `found ${found}, expected either "name" or "selector"`);
    return undefined;
  }
  return selector === undefined ? { by: 'name', name } : { by: 'selector', selector };
}
