import { StringDecoder } from 'node:string_decoder';
import type { WatchEvent, WatchOptions } from './kube-api.ts';
import { errorFromStatus, KubeError, type KubeStatus } from './kube-error.ts';
import { apiPath, type KubeObject, type Resource } from './kube-object.ts';
import type { KubeTransport } from './kube-transport.ts';

/**
 * Silence is believed this long. The API server sends a bookmark about every 60 s (plus up to 1.25 s jitter), so a healthy watch is never
 * cut, and a connection that died without a word is noticed soon after it should have spoken.
 */
export const WATCH_INACTIVITY_MS = 75_000;

/** The server ends a watch by itself after 5 to 10 minutes, at different times for different watches. */
const SERVER_TIMEOUT_S = 300;

/** Reads one watch until its end. @throws KubeError `Gone`, `Timeout` (silence), `Unreachable`. */
export async function* readWatch<T extends KubeObject>(
  transport: KubeTransport,
  resource: Resource<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const path = apiPath(resource, options.namespace === undefined ? {} : { namespace: options.namespace });
  const ending = new AbortController();
  const silent = new KubeError('Timeout', `watch ${path}: silent for too long`);
  const timer = setTimeout(() => ending.abort(silent), options.inactivityMs ?? WATCH_INACTIVITY_MS);
  try {
    const body = await transport.open({
      method: 'GET',
      path,
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        timeoutSeconds: Math.round(SERVER_TIMEOUT_S * (1 + Math.random())),
      },
      signal: AbortSignal.any([options.signal, ending.signal]),
    });
    options.onOpen?.();
    for await (const line of lines(body, () => timer.refresh())) yield event<T>(path, line);
  } catch (error) {
    if (options.signal.aborted) return;
    if (ending.signal.aborted) throw silent;
    throw error instanceof KubeError ? error : new KubeError('Unreachable', `watch ${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

async function* lines(body: AsyncIterable<Buffer>, onBytes: () => void): AsyncGenerator<string> {
  // A character of several bytes may be cut between two chunks.
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    onBytes();
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') yield line;
  }
}

function event<T extends KubeObject>(path: string, line: string): WatchEvent<T> {
  const { type, object } = JSON.parse(line) as { type: WatchEvent<T>['type'] | 'ERROR'; object: unknown };
  if (type !== 'ERROR') return { type, object: object as T };
  const status = object as KubeStatus;
  throw errorFromStatus(`watch ${path}`, status.code ?? 500, status);
}
