import type { JsonObject, JsonValue } from '../../base/json-value.ts';
import type { Scope } from '../../condition/scope.ts';
import type { UserRoles } from '../../policy/user-match.ts';
import type { WorkloadImage } from '../../workload/images.ts';
import type { AdmissionRequest } from '../admission-request.ts';
import { imagesValue } from './images-value.ts';
import { requestValue } from './request-value.ts';

export interface KnownOfRequest {
  readonly images: readonly WorkloadImage[];
  /** Undefined where nobody asked for them: `request.roles` then has no value. */
  readonly roles?: UserRoles | undefined;
}

/**
 * What every expression can name: `request`, `images`, `serviceAccountName`, `serviceAccountNamespace`
 * (Kyverno 1.19).
 */
export function requestScope(request: AdmissionRequest, known: KnownOfRequest): Scope {
  return new RequestScope(request, known);
}

/** Each name is worked out when it is first asked for: most rules ask for one of them. */
class RequestScope implements Scope {
  readonly #values = new Map<string, JsonValue | undefined>();
  readonly #makers: ReadonlyMap<string, () => JsonValue | undefined>;

  constructor(request: AdmissionRequest, { images, roles }: KnownOfRequest) {
    const account = (): ServiceAccount | undefined => serviceAccount(request.userInfo?.username);
    this.#makers = new Map<string, () => JsonValue | undefined>([
      ['request', () => requestValue(request, roles)],
      ['images', () => imagesValue(images)],
      ['serviceAccountName', () => account()?.name],
      ['serviceAccountNamespace', () => account()?.namespace],
    ]);
  }

  lookup(name: string): JsonValue | undefined {
    if (!this.#values.has(name)) this.#values.set(name, this.#makers.get(name)?.());
    return this.#values.get(name);
  }

  all(): JsonObject {
    return Object.fromEntries([...this.#makers.keys()].map((name) => [name, this.lookup(name)]));
  }
}

interface ServiceAccount {
  readonly name: string;
  readonly namespace: string;
}

/** Both empty for other users; undefined where it is not known who asks. */
function serviceAccount(username: string | undefined): ServiceAccount | undefined {
  if (username === undefined) return undefined;
  const [, namespace = '', name = ''] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  return { name, namespace };
}
