import type { JsonValue } from '../base/json-value.ts';
import type { LabelSelector } from './model.ts';
import type { RegistryCredentials } from './registry-credentials.ts';

/**
 * Data that a rule asks for, under a name of its own (`context` of Kyverno 1.19). Every text may hold
 * variables, `jmesPath` too, which is why expressions are kept as text.
 */
export type ContextEntry =
  VariableEntry | ConfigMapEntry | ApiCallEntry | ImageDataEntry | GlobalEntry | ParameterEntry;

interface EntryBase {
  readonly path: string;
  readonly name: string;
}

/** A value, or an expression: on the value where there is one, else on everything that is known. */
export interface VariableEntry extends EntryBase {
  readonly kind: 'variable';
  readonly value: JsonValue | undefined;
  readonly jmesPath: string | undefined;
  /** Where the expression fails or, without a value, gives null. */
  readonly default: JsonValue | undefined;
}

export interface ConfigMapEntry extends EntryBase {
  readonly kind: 'config-map';
  readonly namespace: string;
  readonly configMap: string;
}

export interface ApiCallEntry extends EntryBase {
  readonly kind: 'api-call';
  readonly call: ApiCall;
  readonly jmesPath: string | undefined;
  /** Where the call fails. */
  readonly default: JsonValue | undefined;
}

export interface ApiCall {
  readonly method: 'GET' | 'POST';
  /** Fields of the JSON object that is sent. */
  readonly data: readonly { readonly key: string; readonly value: JsonValue }[];
  readonly target: ApiServerTarget | ServiceTarget;
}

/** A path of the API server, `/api/v1/namespaces`. */
export interface ApiServerTarget {
  readonly kind: 'api-server';
  readonly urlPath: string;
}

/** Another service that speaks JSON. */
export interface ServiceTarget {
  readonly kind: 'service';
  readonly url: string;
  /** PEM certificates of who may vouch for the service; empty for those of the system. */
  readonly caBundle: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

export interface ImageDataEntry extends EntryBase {
  readonly kind: 'image-data';
  readonly reference: string;
  readonly jmesPath: string | undefined;
  /** Undefined for those that images of the object are read with. */
  readonly credentials: RegistryCredentials | undefined;
}

/** What a GlobalContextEntry holds; `name.projection` for a part of it. */
export interface GlobalEntry extends EntryBase {
  readonly kind: 'global';
  readonly reference: string;
  readonly jmesPath: string | undefined;
}

/** A list of the objects that are parameters of a `cel` rule (`paramKind` and `paramRef` of Kyverno 1.19); no text of it holds variables. */
export interface ParameterEntry extends EntryBase {
  readonly kind: 'parameters';
  readonly apiVersion: string;
  readonly paramKind: string;
  /** Empty for that of the object, where the kind is in one. */
  readonly namespace: string;
  /** One object by its name, or all that a selector finds. */
  readonly chosen:
    | { readonly by: 'name'; readonly name: string }
    | { readonly by: 'selector'; readonly selector: LabelSelector };
  /** Whether it is an error that a selector finds none. */
  readonly isRequired: boolean;
}
