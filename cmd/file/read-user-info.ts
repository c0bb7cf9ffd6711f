import type { UserInfo } from '#shared/admission/admission-request.ts';
import type { Fault } from '#shared/base/fault.ts';
import { isJsonObject } from '#shared/base/json-value.ts';
import { parseDocuments, type SourceDocument } from '#shared/document/parse-documents.ts';
import { Fields } from '#shared/policy/fields.ts';
import type { UserRoles } from '#shared/policy/user-match.ts';
import { InputError } from '../input-error.ts';
import { describeFault } from './describe-fault.ts';
import type { InputText } from './read-inputs.ts';

/** Who makes the requests that are judged, and what is bound to them. */
export interface Requester {
  readonly userInfo: UserInfo;
  readonly roles: UserRoles;
}

/**
 * Reads `UserInfo` as Kyverno's command line has it: `userInfo`, `roles` and `clusterRoles` at the root, or all
 * of them in `requestInfo` as in older files.
 * @throws {InputError} naming every fault with its place.
 */
export function readRequester({ text, origin }: InputText): Requester {
  const [document, ...more] = parseDocuments(text, origin);
  if (document === undefined || more.length > 0 || !isJsonObject(document.value))
    throw new InputError(
      'DOCUMENT',
      `Cannot read user info from "${origin}": expected one document of kind UserInfo`,
    );
  const faults: Fault[] = [];
  const root = new Fields(document.value, '', faults);
  root.string('apiVersion');
  root.choice('kind', ['UserInfo']);
  root.json('metadata');
  const old = root.object('requestInfo');
  const requester = readInfo(old ?? root);
  root.end();
  old?.end();
  if (faults.length > 0) throw refusal(document, faults);
  return requester;
}

function readInfo(info: Fields): Requester {
  if (!info.has('userInfo'))
    info.fault('error', 'missing, expected "username" and "groups"', 'userInfo');
  // What is missing has one fault already.
  const user = info.object('userInfo') ?? new Fields({}, info.at('userInfo'), []);
  const userInfo: UserInfo = {
    username: user.string('username') ?? '',
    uid: user.string('uid') ?? '',
    groups: user.strings('groups'),
    extra: readExtra(user),
  };
  user.end();
  const roles = { roles: info.strings('roles'), clusterRoles: info.strings('clusterRoles') };
  return { userInfo, roles };
}

function readExtra(user: Fields): UserInfo['extra'] {
  const extra = user.object('extra');
  if (extra === undefined) return {};
  return Object.fromEntries(extra.keys().map((key) => [key, extra.strings(key)]));
}

function refusal(document: SourceDocument, faults: readonly Fault[]): InputError {
  const lines = faults.map((fault) => `  ${describeFault(document, fault)}`);
  return new InputError('DOCUMENT', ['Cannot use the user info:', ...lines].join('\n'));
}
