import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoint } from './pipeline.ts';
import { readBody, uploadOf } from './read-body.ts';
import { sendAnswer } from './send-answer.ts';

/** Takes a request when it is for a hot operation; false leaves it to Express. */
export type HotMount = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An id as a path segment. Anything else, also a percent sign, is Express' to judge. */
const SEGMENT = /^[0-9a-fA-F-]{36}$/;

/**
 * Mounts operations straight on the HTTP server, in front of Express, through the same pipeline (design D7). Only exact matches are taken:
 * a path without parameters, or with one at its end.
 */
export function hotMount(endpoints: readonly Endpoint[]): HotMount {
  const exact = new Map<string, Endpoint>();
  const prefixes: { readonly method: string; readonly prefix: string; readonly parameter: string; readonly endpoint: Endpoint }[] = [];
  for (const endpoint of endpoints) {
    const { method, path } = endpoint.operation;
    const match = /^([^{}]*\/)\{(\w+)\}$/.exec(path);
    if (match) prefixes.push({ method, prefix: match[1] as string, parameter: match[2] as string, endpoint });
    else exact.set(`${method} ${path}`, endpoint);
  }

  return (request, response) => {
    const url = request.url as string;
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    const query = mark === -1 ? '' : url.slice(mark + 1);
    const endpoint = exact.get(`${request.method} ${path}`);
    if (endpoint) return answer(endpoint, request, response, {}, query);
    for (const { method, prefix, parameter, endpoint } of prefixes) {
      if (request.method !== method || !path.startsWith(prefix)) continue;
      const segment = path.slice(prefix.length);
      if (SEGMENT.test(segment)) return answer(endpoint, request, response, { [parameter]: segment }, query);
    }
    return false;
  };
}

function answer(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  params: Readonly<Record<string, string>>,
  query: string,
): true {
  const { method, headers } = request;
  endpoint
    .serve({
      method: method as string,
      params,
      query,
      headers,
      body: (maxBytes) => readBody(request, maxBytes),
      upload: (maxBytes) => uploadOf(request, maxBytes),
    })
    .then((result) => sendAnswer(response, result))
    .catch((error: unknown) => response.destroy(error as Error));
  return true;
}
