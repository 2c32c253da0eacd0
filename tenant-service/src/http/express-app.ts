import type { IncomingMessage } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Problem } from '../problem.ts';
import type { Log } from '../telemetry/log.ts';
import { apiReference } from './api-reference.ts';
import type { Endpoint } from './pipeline.ts';
import { problemAnswer } from './problem-answer.ts';
import { readBody, uploadOf } from './read-body.ts';
import { sendAnswer } from './send-answer.ts';
import { traceOf } from './trace.ts';

/** Every operation, the OpenAPI document, its reference pages, and a problem for everything else. Express only routes: the pipeline does the rest. */
export function expressApp(parts: {
  endpoints: readonly Endpoint[];
  openApi: string;
  asyncApi: string;
  issuer: string;
  log: Log;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Queries are read by the pipeline, by one parser for both mounts.
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  app.set('strict routing', true);

  for (const [path, endpoints] of byPath(parts.endpoints)) {
    const route = app.route(routeOf(path));
    for (const { operation, serve } of endpoints) {
      const method = operation.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
      route[method](async (request: Request, response: Response) => {
        const answer = await serve({
          method: request.method,
          params: { ...(request.params as Record<string, string>) },
          query: queryOf(request),
          headers: request.headers,
          body: (maxBytes) => readBody(request, maxBytes),
          upload: (maxBytes) => uploadOf(request, maxBytes),
        });
        sendAnswer(response, answer, request.method !== 'HEAD');
      });
    }
    route.all(notAllowed(endpoints.flatMap(({ operation }) => (operation.method === 'GET' ? ['GET', 'HEAD'] : [operation.method]))));
  }
  for (const [path, body] of [
    ['/v1/openapi.json', parts.openApi],
    ['/v1/asyncapi.json', parts.asyncApi],
  ] as const)
    app
      .route(path)
      .get((_request, response) => {
        const headers = { 'content-type': 'application/json', 'cache-control': 'max-age=300' };
        sendAnswer(response, { status: 200, headers, body });
      })
      .all(notAllowed(['GET', 'HEAD']));
  app.use(apiReference(parts.issuer));

  app.use(() => {
    throw new Problem('not-found', 'There is nothing at this address.');
  });
  app.use((error: unknown, request: IncomingMessage, response: Response, _next: NextFunction) => {
    const trace = traceOf(request.headers.traceparent);
    // Express says 400 for a path it cannot decode.
    const known =
      (error as { status?: unknown }).status === 400
        ? new Problem('malformed-request', 'The address cannot be read.', { cause: error })
        : error;
    const answer = problemAnswer(known, trace, parts.log, false);
    sendAnswer(response, { ...answer, headers: { ...answer.headers, 'x-request-id': trace.requestId, traceparent: trace.traceparent } });
  });
  return app;
}

/** `/v1/things/{id}:act` as Express writes it: a colon of ours is no parameter. */
const routeOf = (path: string): string => path.replaceAll(':', '\\:').replaceAll(/\{(\w+)\}/g, ':$1');

/** Paths with a verb first: Express would take `7:restore` for an id. */
function byPath(endpoints: readonly Endpoint[]): [string, Endpoint[]][] {
  const paths = Object.groupBy(endpoints, ({ operation }) => operation.path) as Record<string, Endpoint[]>;
  const hasVerb = (path: string): number => Number(path.includes(':'));
  const parameters = (path: string): number => path.split('{').length;
  return Object.entries(paths).sort(([a], [b]) => hasVerb(b) - hasVerb(a) || parameters(a) - parameters(b));
}

function notAllowed(methods: readonly string[]): () => never {
  const allow = methods.join(', ');
  return () => {
    throw new Problem('method-not-allowed', `This address takes ${allow}.`, { headers: { allow } });
  };
}

function queryOf(request: Request): string {
  const mark = request.url.indexOf('?');
  return mark === -1 ? '' : request.url.slice(mark + 1);
}
