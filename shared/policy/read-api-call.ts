import type { ApiCall, ServiceTarget } from './context-entry.ts';
import type { Fields } from './fields.ts';

const METHODS = ['GET', 'POST'] as const;

/** Reads what `apiCall` asks, and whom. */
export function readApiCall(fields: Fields): ApiCall | undefined {
  const method = fields.choice('method', METHODS) ?? 'GET';
  const data = fields.objects('data').flatMap((item) => readDatum(item) ?? []);
  if (data.length > 0 && method === 'GET')
    fields.fault('warning', 'is not sent with GET, expected "method: POST" with it', 'data');
  const target = readTarget(fields);
  return target && { method, data, target };
}

function readTarget(fields: Fields): ApiCall['target'] | undefined {
  const urlPath = fields.string('urlPath') ?? '';
  const service = fields.object('service');
  const target = service && readService(service);
  if (urlPath === '' && service === undefined)
    fields.fault('error', 'found none, expected "urlPath" or "service"');
  if (urlPath === '') return target;
  if (service !== undefined)
    fields.fault('error', 'found "urlPath" and "service", expected one of both');
  if (!/^(?:\/|\{\{)/.test(urlPath))
    fields.fault('error', `found "${urlPath}", expected a path that starts with "/"`, 'urlPath');
  return { kind: 'api-server', urlPath };
}

function readDatum(fields: Fields): ApiCall['data'][number] | undefined {
  const key = fields.string('key');
  const value = fields.json('value') ?? null;
  fields.end();
  if (key !== undefined) return { key, value };
  if (!fields.has('key')) fields.fault('error', 'missing, expected the name of a field', 'key');
  return undefined;
}

function readService(fields: Fields): ServiceTarget | undefined {
  const url = fields.string('url') ?? '';
  const caBundle = fields.string('caBundle') ?? '';
  const headers = fields.objects('headers').map((header) => {
    const pair = { key: header.string('key') ?? '', value: header.string('value') ?? '' };
    header.end();
    if (pair.key === '') header.fault('error', 'missing, expected the name of a header', 'key');
    return pair;
  });
  fields.end();
  if (/^(?:https?:\/\/|\{\{)/.test(url)) return { kind: 'service', url, caBundle, headers };
  fields.fault('error', `found "${url}", expected an http or https URL`, 'url');
  return undefined;
}
