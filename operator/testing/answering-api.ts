import type { IncomingMessage, ServerResponse } from 'node:http';

/** Stands in for the customer API: answers whoever brings a token. What a request really does is the e2e tests' matter. */
export function answerAsApi(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(request.headers.authorization?.startsWith('Bearer ') ? 200 : 401, { 'content-type': 'application/json' });
  response.end('{"items":[]}');
}
