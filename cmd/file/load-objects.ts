import { type JsonObject, isJsonObject, stringAt } from '#shared/base/json-value.ts';
import { type SourceDocument, parseDocuments } from '#shared/document/parse-documents.ts';
import { InputError } from '../input-error.ts';
import type { InputText } from './read-inputs.ts';

/** A Kubernetes object of a file. */
export interface FileObject {
  /** `file.yaml:12` */
  readonly origin: string;
  readonly object: JsonObject;
}

/**
 * Every Kubernetes object of the given texts.
 * @throws {InputError} for a document that is none, or if there is no object at all.
 */
export function loadObjects(inputs: readonly InputText[]): readonly FileObject[] {
  const documents = inputs.flatMap(({ text, origin }) => parseDocuments(text, origin));
  const objects = documents.filter(({ value }) => !isKustomization(value)).map(checkObject);
  if (objects.length > 0) return objects;
  const origins = inputs.map(({ origin }) => `"${origin}"`).join(', ');
  throw new InputError('DOCUMENT', `Cannot find a Kubernetes object in ${origins}`);
}

/** kustomize's own file lies among the manifests, but is no object of the cluster. */
function isKustomization(value: unknown): boolean {
  return stringAt(value, 'kind') === 'Kustomization';
}

function checkObject({ value, origin, line }: SourceDocument): FileObject {
  const place = `${origin}:${line}`;
  if (!isJsonObject(value)) {
    throw new InputError('DOCUMENT', `Cannot read ${place}: expected a Kubernetes object`);
  }
  for (const field of ['apiVersion', 'kind']) {
    if ((stringAt(value, field) ?? '') !== '') continue;
    throw new InputError(
      'DOCUMENT',
      `Cannot read ${place}: expected a Kubernetes object, but "${field}" is missing or no text`,
    );
  }
  if (!hasName(value)) {
    throw new InputError(
      'DOCUMENT',
      `Cannot read ${place}: ${stringAt(value, 'kind') ?? ''} has neither "metadata.name" nor "metadata.generateName"`,
    );
  }
  return { origin: place, object: value };
}

function hasName(value: JsonObject): boolean {
  return ['name', 'generateName'].some(
    (field) => (stringAt(value, 'metadata', field) ?? '') !== '',
  );
}
