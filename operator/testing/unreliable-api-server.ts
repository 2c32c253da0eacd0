import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as ask } from 'node:https';
import type { AddressInfo } from 'node:net';
import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { UnreliableWatch } from './unreliable-watch.ts';

/** What may become of a call that is no watch. */
const CALL_FAULTS = [
  'refused 429',
  'refused 500',
  'refused 409',
  'refused 410',
  'never answered',
  'cut before',
  'cut after it was done',
  'done twice',
  'late',
  'old list',
] as const;

type CallFault = (typeof CALL_FAULTS)[number];

/** How much goes wrong: chances in [0, 1]. */
export interface Weather {
  readonly calls: number;
  readonly events: number;
}

/** A proxy in front of the API server that does it wrong, as a broken network, an overloaded server or a bad intermediary would. */
export interface UnreliableApiServer extends AsyncDisposable {
  readonly url: string;
  /** Cuts every watch as well: what comes next comes in the new weather. */
  readonly weather: (next: Weather) => void;
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>;
}

/** `upstream` is the API server; credentials of the caller are passed on. The same seed makes the same draws. */
export async function unreliableApiServer(
  upstream: { readonly url: string; readonly ca: string },
  seed: number,
): Promise<UnreliableApiServer> {
  const random = seeded(seed);
  const agent = new Agent({ ca: upstream.ca, keepAlive: true });
  const faults = new Map<string, number>();
  const lists = new Map<string, Answer>();
  const watches = new Set<UnreliableWatch>();
  let weather: Weather = { calls: 0, events: 0 };
  const count = (fault: string): void => {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  };
  const forward = (request: IncomingMessage, body: Buffer): Promise<Answer> => call(upstream.url, agent, request, body);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bytesOf(request);
    const { searchParams } = new URL(request.url ?? '/', upstream.url);
    if (searchParams.get('watch') === 'true') {
      const watch = new UnreliableWatch({ random, chance: () => weather.events, count });
      watches.add(watch);
      response.once('close', () => watches.delete(watch));
      return watch.relay(await open(upstream.url, agent, request), response);
    }
    const isList = searchParams.has('limit');
    const key = request.url ?? '';
    let fault = random() < weather.calls ? drawn(random, possible(request.method, isList, lists.has(key))) : undefined;
    // Takes as long as the caller's patience: now and then is enough.
    if (fault === 'never answered' && random() < 0.6) fault = 'late';
    if (fault !== undefined) count(fault);
    switch (fault) {
      case 'refused 429':
        return refuse(response, 429, 'TooManyRequests', { 'retry-after': '1' });
      case 'refused 500':
        return refuse(response, 500, 'InternalError');
      case 'refused 409':
        return refuse(response, 409, 'Conflict');
      case 'refused 410':
        return refuse(response, 410, 'Expired');
      case 'never answered':
        // The caller's own time limit ends it.
        return;
      case 'cut before':
        response.destroy();
        return;
      case 'cut after it was done':
        await forward(request, body);
        response.destroy();
        return;
      case 'done twice':
        await forward(request, body);
        return give(response, await forward(request, body));
      case 'late':
        await new Promise((resolve) => setTimeout(resolve, random() * 2500));
        return give(response, await forward(request, body));
      case 'old list':
        return give(response, lists.get(key) as Answer);
      default: {
        const answer = await forward(request, body);
        // Only now and then: what is kept must have time to grow old.
        if (isList && answer.status === 200 && (!lists.has(key) || random() < 0.3)) lists.set(key, answer);
        return give(response, answer);
      }
    }
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    weather: (next) => {
      weather = next;
      for (const watch of watches) watch.cut();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** What can happen to this call: a read is not "done", only a write meets a conflict, only a list can be old or expire. */
function possible(method: string | undefined, isList: boolean, hasOldList: boolean): readonly CallFault[] {
  return CALL_FAULTS.filter((fault) => {
    if (fault === 'refused 409' || fault === 'done twice' || fault === 'cut after it was done') return method !== 'GET';
    if (fault === 'refused 410') return isList;
    return fault !== 'old list' || (isList && hasOldList);
  });
}

function drawn<T>(random: () => number, from: readonly T[]): T | undefined {
  return from[Math.floor(random() * from.length)];
}

function refuse(response: ServerResponse, code: number, reason: string, headers: Record<string, string> = {}): void {
  const status = { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message: `made up: ${reason}` };
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(status));
}

function give(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

function open(url: string, agent: Agent, request: IncomingMessage, body?: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { host: _host, connection: _connection, 'transfer-encoding': _encoding, ...headers } = request.headers;
    const sent = ask(new URL(request.url ?? '/', url), { method: request.method, headers, agent }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

async function call(url: string, agent: Agent, request: IncomingMessage, body: Buffer): Promise<Answer> {
  const answer = await open(url, agent, request, body);
  return {
    status: answer.statusCode ?? 500,
    type: answer.headers['content-type'] ?? 'application/json',
    body: await bytesOf(answer),
  };
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
