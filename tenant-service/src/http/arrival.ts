import type { IncomingMessage } from 'node:http';

interface Arrival {
  /** Runs from the turn of the event loop after the head's, when the body had not come with it. */
  clock: NodeJS.Timeout | undefined;
  late: (() => void) | undefined;
}

const ARRIVAL = Symbol('arrival');

/** A request whose body is awaited. A property: a WeakMap of requests is cleaned by every collection of garbage. */
type Arriving = IncomingMessage & { [ARRIVAL]?: Arrival };

/** Requests of this turn of the event loop. Nearly all have their body with their head, and need no clock. */
let fresh: { readonly request: Arriving; readonly limitMs: number }[] = [];

/**
 * Gives a request's body `limitMs` to arrive. Node's own `requestTimeout` knows one limit for all requests, and an upload of an hour is none
 * that hangs. A body nobody reads is bounded as well: its connection ends.
 */
export function limitArrival(request: IncomingMessage, limitMs: number): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
  (request as Arriving)[ARRIVAL] = { clock: undefined, late: undefined };
  if (fresh.length === 0) setImmediate(startClocks);
  fresh.push({ request, limitMs });
}

function startClocks(): void {
  const looked = fresh;
  fresh = [];
  for (const { request, limitMs } of looked) {
    const arrival = request[ARRIVAL];
    if (arrival === undefined || request.complete || request.destroyed) continue;
    const clock = setTimeout(() => (arrival.late === undefined ? request.destroy() : arrival.late()), limitMs);
    arrival.clock = clock;
    request.once('close', () => clearTimeout(clock));
  }
}

/** Calls `late`, once, instead of ending the connection when the body has not arrived in time. */
export function onLate(request: IncomingMessage, late: () => void): void {
  const arrival = (request as Arriving)[ARRIVAL];
  if (arrival !== undefined) arrival.late = late;
}

/** Some of an upload came: it has the whole time again. */
export function stillArriving(request: IncomingMessage): void {
  (request as Arriving)[ARRIVAL]?.clock?.refresh();
}
