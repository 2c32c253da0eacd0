import { randomUUID } from 'node:crypto';

/** How a request is found again: in logs, problems, history, events and traces. */
export interface Trace {
  readonly requestId: string;
  /** 32 hex digits. */
  readonly traceId: string;
  /** W3C Trace Context of our own part of the trace; goes into answers and events. */
  readonly traceparent: string;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** Continues the caller's trace, or begins one whose id is the request id: one random value serves both. */
export function traceOf(traceparent: string | string[] | undefined): Trace {
  const requestId = randomUUID();
  const own = hexOf(requestId);
  const caller = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  const traceId = caller?.[1] ?? own;
  // The variant digit of a UUID is never 0, so neither is this span id.
  return { requestId, traceId, traceparent: `00-${traceId}-${own.slice(16)}-${caller?.[2] ?? '00'}` };
}

/** Slices, because this runs once a request and a search for dashes costs four times as much. */
const hexOf = (uuid: string): string => uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);
