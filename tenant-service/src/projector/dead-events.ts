import pg from 'pg';
import type { RecordBatch, SourceRecord } from './event-source.ts';

/** Why a record is in no event log. Append-only words: they are labels of a metric. */
export type DeathReason = 'unreadable' | 'wrong-topic' | 'tenant-unknown' | 'refused';

/** A record that is put aside. */
export interface DeadEvent {
  readonly topic: string;
  readonly partition: number;
  readonly record: SourceRecord;
  readonly tenantId: string | undefined;
  readonly reason: DeathReason;
  readonly detail: string;
}

/** As it is listed. */
export interface KeptDeadEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly tenantId: string | null;
  readonly reason: DeathReason;
  readonly detail: string;
  readonly failedAt: Date;
}

const DETAIL_MAX = 500;

/**
 * What could not be appended: a table of the cell, as a topic could be neither listed by what went wrong nor emptied one by one. Used rarely, so each
 * call has a connection of its own.
 */
export class DeadEvents {
  readonly #config: pg.ClientConfig;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
  }

  /** The same record twice is kept once. */
  async put(events: readonly DeadEvent[]): Promise<void> {
    await this.#connected(async (client) => {
      await client.query(
        `insert into tenantry.dead_events (topic, partition, record_offset, tenant_id, reason, detail, key, value, headers)
         select * from unnest($1::text[], $2::int[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::bytea[], $9::jsonb[])
         on conflict do nothing`,
        [
          events.map(({ topic }) => topic),
          events.map(({ partition }) => partition),
          events.map(({ record }) => record.offset),
          events.map(({ tenantId }) => tenantId ?? null),
          events.map(({ reason }) => reason),
          events.map(({ detail }) => detail.slice(0, DETAIL_MAX)),
          events.map(({ record }) => record.key),
          events.map(({ record }) => record.value),
          events.map(({ record }) => headersToJson(record.headers)),
        ],
      );
    });
  }

  /** Newest first. */
  async list(limit: number): Promise<KeptDeadEvent[]> {
    return await this.#connected(async (client) => {
      const { rows } = await client.query<KeptDeadEvent>(
        `select topic, partition, record_offset::text as offset, tenant_id as "tenantId", reason, detail, failed_at as "failedAt"
         from tenantry.dead_events order by failed_at desc, topic, partition, record_offset limit $1`,
        [limit],
      );
      return rows;
    });
  }

  /** All of a topic, or of all topics, as batches of their partitions in the order they came. */
  async batches(topic: string | undefined): Promise<RecordBatch[]> {
    return await this.#connected(async (client) => {
      const { rows } = await client.query<DeadRow>(
        `select topic, partition, record_offset::text as offset, key, value, headers from tenantry.dead_events
         where $1::text is null or topic = $1 order by topic, partition, record_offset`,
        [topic ?? null],
      );
      const byPartition = Map.groupBy(rows, (row) => `${row.topic}:${row.partition}`);
      return [...byPartition.values()].map((own) => ({
        topic: own[0]?.topic ?? '',
        partition: own[0]?.partition ?? 0,
        records: own.map(({ offset, key, value, headers }) => ({ offset, key, value, headers: headersOfJson(headers) })),
      }));
    });
  }

  async remove({ topic, partition, records }: RecordBatch): Promise<void> {
    await this.#connected(async (client) => {
      await client.query('delete from tenantry.dead_events where topic = $1 and partition = $2 and record_offset = any($3::bigint[])', [
        topic,
        partition,
        records.map(({ offset }) => offset),
      ]);
    });
  }

  async #connected<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.#config);
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

interface DeadRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, string>;
}

/** Values of headers are bytes; base64 is what JSON can keep of any. */
function headersToJson(headers: SourceRecord['headers']): string {
  const first = (value: Buffer | string | (Buffer | string)[] | undefined): Buffer | string =>
    (Array.isArray(value) ? value[0] : value) ?? '';
  return JSON.stringify(
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(first(value)).toString('base64')])),
  );
}

function headersOfJson(headers: Record<string, string>): SourceRecord['headers'] {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
}
