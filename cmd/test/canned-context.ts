import type { JsonValue } from '#shared/base/json-value.ts';
import type { Fields } from '#shared/policy/fields.ts';

/** What calls of `context` are answered with. */
export interface CannedCall {
  /** A path of the API server, or the address of a service. */
  readonly place: string;
  /** Undefined for any. */
  readonly method: string | undefined;
  readonly status: number;
  readonly body: JsonValue;
}

/** What a GlobalContextEntry holds. */
export interface CannedGlobal {
  readonly name: string;
  readonly data: JsonValue | undefined;
  readonly resourceFiles: readonly string[];
  /** JMESPath to the part that is meant. */
  readonly fieldPath: string | undefined;
  /** JMESPath by name. */
  readonly projections: Readonly<Record<string, string>>;
}

const OK = 200;
const STATUS = { min: 100, max: 599 };

/** `apiCallResponses` of a suite. */
export function readCannedCalls(root: Fields): readonly CannedCall[] {
  return root.objects('apiCallResponses').map((fields) => {
    const places = ['url', 'urlPath'].flatMap((key) => fields.string(key) ?? []);
    const [place = '', ...more] = places;
    if (place === '' || more.length > 0)
      fields.fault('error', 'found none or both, expected either "url" or "urlPath"');
    const method = fields.choice('method', ['GET', 'POST', '']);
    const response = readResponse(fields);
    fields.end();
    return { place, method: method === '' ? undefined : method, ...response };
  });
}

function readResponse(fields: Fields): Pick<CannedCall, 'status' | 'body'> {
  const response = fields.object('response');
  const status = response?.integer('statusCode', STATUS) ?? OK;
  response?.object('body');
  const body = response?.json('body') ?? null;
  if (body === null) fields.fault('error', 'missing, expected "body" with a mapping', 'response');
  response?.end();
  return { status, body };
}

/** `globalContextEntries` of a suite. */
export function readCannedGlobals(root: Fields): readonly CannedGlobal[] {
  return root.objects('globalContextEntries').map((fields) => {
    const name = fields.string('name') ?? '';
    if (name === '') fields.fault('error', 'missing, expected a name', 'name');
    const sources = ['data', 'resources', 'resourceFiles'].filter((key) => fields.has(key));
    if (sources.length !== 1)
      fields.fault(
        'error',
        `found ${sources.length}, expected one of "data", "resources" and "resourceFiles"`,
      );
    fields.objects('resources');
    const entry = {
      name,
      data: fields.json('data') ?? fields.json('resources'),
      resourceFiles: fields.strings('resourceFiles'),
      fieldPath: fields.string('fieldPath'),
      projections: Object.fromEntries(fields.objects('projections').map(readProjection)),
    };
    fields.end();
    return entry;
  });
}

function readProjection(fields: Fields): readonly [string, string] {
  const [name, path] = [fields.string('name'), fields.string('path')];
  if (name === undefined || path === undefined)
    fields.fault('error', 'found no "name" or no "path", expected both');
  fields.end();
  return [name ?? '', path ?? ''];
}
