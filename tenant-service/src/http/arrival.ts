import type { IncomingMessage } from 'node:http';

interface Arrival {
  readonly clock: NodeJS.Timeout;
  late: (() => void) | undefined;
}

const arrivals = new WeakMap<IncomingMessage, Arrival>();

/**
 * Gives a request's body `limitMs` to arrive. Node's own `requestTimeout` knows one limit for all requests, and an upload of an hour is none
 * that hangs. A body nobody reads is bounded as well: its connection ends.
 */
export function limitArrival(request: IncomingMessage, limitMs: number): void {
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
  const arrival: Arrival = {
    clock: setTimeout(() => (arrival.late === undefined ? request.destroy() : arrival.late()), limitMs),
    late: undefined,
  };
  arrivals.set(request, arrival);
  request.once('close', () => clearTimeout(arrival.clock));
}

/** Calls `late`, once, instead of ending the connection when the body has not arrived in time. */
export function onLate(request: IncomingMessage, late: () => void): void {
  const arrival = arrivals.get(request);
  if (arrival !== undefined) arrival.late = late;
}

/** Some of an upload came: it has the whole time again. */
export function stillArriving(request: IncomingMessage): void {
  arrivals.get(request)?.clock.refresh();
}
