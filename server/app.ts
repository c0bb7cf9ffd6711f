import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type Express, type Request, type Response } from 'express';
import {
  createReviewHandler,
  type ReviewHandlerOptions,
  sendJson,
} from './admission/review-handler.ts';
import { ReviewError } from './admission/review-error.ts';
import { type HealthCheck, reportHealth } from './observe/health.ts';
import type { Log } from './observe/log.ts';

/** What the HTTP surface needs; composed in `serve.ts`. */
export interface AppOptions extends HealthAppOptions {
  readonly review: ReviewHandlerOptions;
}

/** What the endpoints for kubelet and Prometheus need. */
export interface HealthAppOptions {
  readonly readiness: readonly HealthCheck[];
  readonly metrics: { contentType: string; metrics(): Promise<string> };
  readonly log: Log;
}

/** The webhook's HTTP surface; never listens. */
export function createApp(options: AppOptions): RequestListener {
  const app = createExpress();
  app.post('/mutate', createReviewHandler('mutate', options.review));
  app.post('/validate', createReviewHandler('validate', options.review));
  return listener(addHealthRoutes(app, options), options.log);
}

/** Only `/livez`, `/readyz` and `/metrics`. */
export function createHealthApp(options: HealthAppOptions): RequestListener {
  return listener(addHealthRoutes(createExpress(), options), options.log);
}

function createExpress(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  return app;
}

function addHealthRoutes(app: Express, options: HealthAppOptions): Express {
  app.get('/livez', (_request, response) => sendText(response, 200, 'ok\n'));
  app.get('/readyz', (request, response) => {
    const report = reportHealth(options.readiness, 'verbose' in request.query);
    sendText(response, report.healthy ? 200 : 503, report.text);
  });
  app.get('/metrics', async (_request, response) => {
    const text = await options.metrics.metrics();
    response.setHeader('content-type', options.metrics.contentType);
    response.end(text);
  });
  return app;
}

/** What no route answered, and what a route threw, ends up here and nowhere else. */
function listener(app: Express, log: Log): RequestListener {
  return (request, response) => {
    app(request as Request, response as Response, (error?: unknown) => {
      const answer = error === undefined ? notFound(request) : errorAnswer(error, log);
      if (response.headersSent) response.destroy();
      else sendStatus(response, answer);
    });
  };
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

function notFound({ method = '' }: IncomingMessage): StatusAnswer {
  return {
    status: 404,
    reason: 'NotFound',
    message: `Cannot ${method} this path: POST /mutate, POST /validate, GET /livez, GET /readyz and GET /metrics are served`,
  };
}

/** The one place that turns errors into HTTP answers. */
function errorAnswer(error: unknown, log: Log): StatusAnswer {
  if (error instanceof ReviewError) {
    log.warn({ code: error.code, reason: error.message }, 'bad request');
    const { status, reason, message } = error;
    return { status, reason, message, close: error.code === 'TOO_LARGE' };
  }
  log.error({ err: error }, 'request failed');
  return {
    status: 500,
    reason: 'InternalError',
    message: 'Cannot answer the request: internal error, see the log of the webhook',
  };
}

interface StatusAnswer {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** The rest of the request is not read: the connection cannot be used again. */
  readonly close?: boolean;
}

/** A `metav1.Status`: the only kind of body whose message the API server shows to people. */
function sendStatus(response: ServerResponse, { close, ...answer }: StatusAnswer): void {
  if (close === true) response.setHeader('connection', 'close');
  const { status: code, reason, message } = answer;
  sendJson(
    response,
    code,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      reason,
      message,
      code,
    }),
  );
}
