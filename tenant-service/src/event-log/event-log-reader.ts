import type { Row } from '../postgres/flight.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { LoggedEvent } from './event-chain.ts';
import { LAST_EVENT, READ_EVENTS, READ_SUBJECT_EVENTS, READ_TYPE_EVENTS } from './event-log-statements.ts';

/** An event with its place in the log. */
export interface NumberedEvent extends LoggedEvent {
  readonly seq: number;
  readonly hash: Buffer;
}

/** Which events are asked for. */
export interface EventQuery {
  /** Those behind this number. */
  readonly after: number;
  readonly limit: number;
  /** Beginning of the type. */
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  /** Beginnings of types the reader may not see. */
  readonly hidden?: readonly string[];
}

/** Reads event logs, oldest first. */
export class EventLogReader {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async read(tenant: Tenant, query: EventQuery): Promise<NumberedEvent[]> {
    return (await this.page(tenant, query)).events;
  }

  /** With the number of the last event of the log: up to it everything has been looked at when fewer than `limit` came. */
  async page(tenant: Tenant, query: EventQuery): Promise<{ readonly last: number; readonly events: NumberedEvent[] }> {
    const { after, limit, type, subject, hidden = [] } = query;
    const values = [String(after), type ?? null, hidden, limit];
    const byLog = type === undefined ? READ_EVENTS : READ_TYPE_EVENTS;
    const [[end], rows] = await this.#door.read(tenant, (tx) =>
      Promise.all([
        // First: what is appended between the two is behind it, and seen the next time.
        tx.run(LAST_EVENT, []),
        subject === undefined ? tx.run(byLog, values) : tx.run(READ_SUBJECT_EVENTS, [...values, subject]),
      ]),
    );
    return { last: Number(end?.seq ?? 0), events: rows.map(numbered) };
  }

  /** Number of the last event; 0 when there is none. */
  async last(tenant: Tenant): Promise<number> {
    const [row] = await this.#door.read(tenant, (tx) => tx.run(LAST_EVENT, []));
    return Number(row?.seq ?? 0);
  }
}

/** A row of {@link READ_EVENTS} as an event. */
export function numbered(row: Row): NumberedEvent {
  const { seq, id, type, subject, version, occurredAt, traceparent, data, hash } = row as {
    seq: string;
    id: string;
    type: string;
    subject: string;
    version: number;
    occurredAt: Date;
    traceparent: string | null;
    data: string;
    hash: Buffer;
  };
  return { seq: Number(seq), id, type, subject, version, time: occurredAt.toISOString(), traceparent, data, hash };
}
