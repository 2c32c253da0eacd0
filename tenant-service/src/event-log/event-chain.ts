import { createHash } from 'node:crypto';

/** An event as the log keeps it. */
export interface LoggedEvent {
  readonly id: string;
  readonly type: string;
  /** `customers/<id>`. */
  readonly subject: string;
  /** Of the aggregate, after the change. */
  readonly version: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  readonly traceparent: string | null;
  /** JSON text, as it was published. */
  readonly data: string;
}

/** The hash before the first event. */
export const CHAIN_BEGINNING: Buffer = Buffer.alloc(32);

/**
 * The hash of the event that has number `seq`: SHA-256 over the hash before it and a JSON array of everything the log keeps of it, as
 * JSON.stringify writes it. Whoever has the events can follow the chain without us (docs/guides/events.md).
 */
export function chainHash(before: Uint8Array, seq: number, event: LoggedEvent): Buffer {
  const { id, type, subject, version, time, traceparent, data } = event;
  return createHash('sha256')
    .update(before)
    .update(JSON.stringify([seq, id, type, subject, version, time, traceparent, data]))
    .digest();
}
