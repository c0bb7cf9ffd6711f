import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/coded-error.ts';
import { repositoryName } from '../image/format-reference.ts';
import type { AuthContext, Authorizer } from './authorizer.ts';
import { isPassingStatus, statusFailure } from './http-failure.ts';
import type { Exchange, HttpRequest, HttpResponse, RegistryOperation } from './http-message.ts';
import { KeychainError } from './keychain-error.ts';
import { type RedirectOptions, followRedirects } from './redirect.ts';
import { RegistryError } from './registry-error.ts';
import { type RetryOptions, withRetries } from './retry.ts';

/** One question to the API of one repository. */
export interface Question {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Below `/v2/<name>/`, or a whole URL of the same origin. */
  readonly path: string;
  readonly accept?: string;
  /** What is sent, for `POST` and `PUT`. */
  readonly content?: { readonly bytes: Buffer; readonly mediaType: string };
  readonly maxBytes: number;
  readonly operation: RegistryOperation;
  readonly action: string;
  readonly toOtherOrigin?: RedirectOptions['toOtherOrigin'];
}

export interface SessionOptions {
  readonly exchange: Exchange;
  readonly authorizer: Authorizer;
  readonly retry: RetryOptions;
  readonly clock: Clock;
}

/** Asks about one repository: authentication, redirects and retries, so that what is left is the answer. */
export class RepositorySession {
  readonly #options: SessionOptions;
  readonly #context: AuthContext;
  /** `registry/path`, for messages. */
  readonly name: string;

  constructor(options: SessionOptions, context: AuthContext) {
    this.#options = options;
    this.#context = context;
    this.name = repositoryName(context.endpoint.repository);
  }

  /**
   * The registry's answer, whatever its status, except trouble that may pass: that is retried, then thrown.
   * @throws {RegistryError}
   */
  async ask(question: Question): Promise<HttpResponse> {
    const attempt = async (): Promise<HttpResponse> => {
      const response = await this.#askOnce(question);
      if (isPassingStatus(response)) throw this.refusal(question, response);
      return response;
    };
    return withRetries(attempt, this.#options.retry, this.#context.signal);
  }

  /** The error for an answer that is not what was wanted. */
  refusal(question: Question, response: HttpResponse): RegistryError {
    const request = toRequest(question, this.#context, undefined);
    return statusFailure(request, response, this.#options.clock.now());
  }

  async #askOnce(question: Question): Promise<HttpResponse> {
    const { authorizer } = this.#options;
    const context = this.#context;
    const first = await named(question, authorizer.forFirstTry(context));
    const response = await this.#send(question, first);
    if (response.status !== 401 || response.leftOrigin) return response;
    const challenge = response.headers.get('www-authenticate');
    const second = await named(question, authorizer.forChallenge(challenge, context, first));
    return second === undefined ? response : this.#send(question, second);
  }

  #send(question: Question, authorization: string | undefined): Promise<HttpResponse> {
    const request = toRequest(question, this.#context, authorization);
    return followRedirects(this.#options.exchange, request, {
      toOtherOrigin: question.toOtherOrigin ?? 'follow',
      signal: this.#context.signal,
    });
  }
}

function toRequest(
  question: Question,
  { endpoint }: AuthContext,
  authorization: string | undefined,
): HttpRequest {
  const { method, maxBytes, operation, action, content } = question;
  return {
    method,
    maxBytes,
    operation,
    action,
    url: new URL(question.path, endpoint.baseUrl),
    ...(content === undefined ? {} : { body: content.bytes }),
    headers: {
      ...(question.accept === undefined ? {} : { accept: question.accept }),
      ...(content === undefined ? {} : { 'content-type': content.mediaType }),
      ...(authorization === undefined ? {} : { authorization }),
    },
  };
}

/** A keychain that cannot answer is told as what it means for the question. */
async function named<Value>(question: Question, work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof KeychainError)) throw cause;
    throw new RegistryError('UNAUTHORIZED', `Cannot ${question.action}: ${messageOf(cause)}`, {
      cause,
    });
  }
}
