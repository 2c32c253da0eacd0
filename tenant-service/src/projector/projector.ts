import { isSharedEventsTopic, ownEventsTopic } from '@tenantry/contracts';
import type { LoggedEvent } from '../event-log/event-chain.ts';
import type { EventLogWriter } from '../event-log/event-log-writer.ts';
import type { Failpoint } from '../failpoint.ts';
import { DatabaseAway, DoorClosed, isAway, sqlState } from '../postgres/sql-errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { DeadEvent, DeadEvents, DeathReason } from './dead-events.ts';
import type { BatchOutcome, RecordBatch, SourceRecord } from './event-source.ts';
import { ProjectionLag } from './projection-lag.ts';
import { readEvent } from './read-event.ts';

interface ProjectorOptions {
  readonly writer: EventLogWriter;
  readonly deadEvents: Pick<DeadEvents, 'put'>;
  readonly registry: { readonly byId: (tenantId: string) => Tenant | undefined; readonly all: () => readonly Tenant[] };
  /** Told of each tenant whose log has grown, after the commit. */
  readonly onAppended: (tenant: Tenant, lastSeq: number) => void;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly failpoint: Failpoint;
}

/** Events of one append: about a tenth of a second of the database, so that a stop never waits long. */
const APPEND_MAX = 500;
const RETRY_MS = { first: 250, most: 5000 };
/** A topic that is nobody's for the moment: its tenant was closed, and it will be left alone as soon as that is known. */
const NOBODYS_MS = 5000;

/** A record that was read, with what it takes to put it aside. */
interface Arrived {
  readonly record: SourceRecord;
  readonly event: LoggedEvent;
}

/**
 * Kafka → event logs (design D8). Every event is appended once however often it comes, in the order of its partition. What cannot be appended now is tried again
 * and holds up its own partition; what never can be is put aside and holds up nobody. A gap in an aggregate's versions is counted and not waited for: what is
 * missing may be older than the log or lost, and then waiting would be for ever; versions tell a reader the order.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #failures = new Map<string, number>();
  readonly #lag = new ProjectionLag();

  constructor(options: ProjectorOptions) {
    this.#options = options;
    options.metrics.lagOf('projector', () => this.#lag.seconds());
  }

  /** Never rejects. `done` means that every record is in a log or put aside. */
  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    const place = `${batch.topic}:${batch.partition}`;
    const { byTenant, dead, isNobodys } = this.#sort(batch);
    if (isNobodys) return { retryAfterMs: NOBODYS_MS };
    this.#lag.began(place, oldestOf(byTenant));
    try {
      const refused = await Promise.all([...byTenant].map(([tenant, arrived]) => this.#appendAll(tenant, arrived, batch)));
      const all = [...dead, ...refused.flat()];
      if (all.length > 0) await this.#putAside(all);
      this.#failures.delete(place);
      this.#lag.ended(place);
      return 'done';
    } catch (error) {
      const failures = (this.#failures.get(place) ?? 0) + 1;
      this.#failures.set(place, failures);
      const retryAfterMs = Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.most);
      this.#options.log.warn({ err: error, topic: batch.topic, retryAfterMs }, 'events wait: they cannot be appended now');
      return { retryAfterMs };
    }
  }

  #sort({ topic, partition, records }: RecordBatch) {
    const byTenant = new Map<Tenant, Arrived[]>();
    const dead: DeadEvent[] = [];
    const bury = (record: SourceRecord, reason: DeathReason, detail: string, tenantId?: string) =>
      dead.push({ topic, partition, record, tenantId, reason, detail });
    let isNobodys = false;
    for (const record of records) {
      let read: ReturnType<typeof readEvent>;
      try {
        read = readEvent(record);
      } catch (error) {
        bury(record, 'unreadable', error instanceof Error ? error.message : String(error));
        continue;
      }
      const tenant = this.#options.registry.byId(read.tenantId);
      if (tenant !== undefined && isPublishedOn(topic, tenant)) {
        const own = byTenant.get(tenant);
        if (own === undefined) byTenant.set(tenant, [{ record, event: read.event }]);
        else own.push({ record, event: read.event });
      } else if (!this.#isSomebodys(topic)) isNobodys = true;
      else if (tenant === undefined) bury(record, 'tenant-unknown', 'no tenant of this cell has this id', read.tenantId);
      else bury(record, 'wrong-topic', `events of ${tenant.slug} are published on ${tenant.eventsTopic}`, read.tenantId);
    }
    return { byTenant, dead, isNobodys };
  }

  #isSomebodys(topic: string): boolean {
    return this.#options.registry.all().some(({ eventsTopic, state }) => eventsTopic === topic && state !== 'Closed');
  }

  /** What the database refused whatever is done. @throws what may pass. */
  async #appendAll(tenant: Tenant, arrived: readonly Arrived[], batch: RecordBatch): Promise<DeadEvent[]> {
    const dead: DeadEvent[] = [];
    for (let at = 0; at < arrived.length; at += APPEND_MAX) {
      dead.push(...(await this.#append(tenant, arrived.slice(at, at + APPEND_MAX), batch)));
    }
    return dead;
  }

  async #append(tenant: Tenant, arrived: readonly Arrived[], batch: RecordBatch): Promise<DeadEvent[]> {
    const { writer, metrics, failpoint, onAppended } = this.#options;
    try {
      const { lastSeq, appended, duplicates, gaps } = await writer.append(
        tenant,
        arrived.map(({ event }) => event),
      );
      failpoint('projector.appended');
      metrics.eventsAppended.inc(appended);
      metrics.eventDuplicates.inc(duplicates);
      metrics.eventGaps.inc(gaps);
      if (lastSeq !== undefined) onAppended(tenant, lastSeq);
      return [];
    } catch (error) {
      // Its rights are gone, and others are on the topic.
      if (tenant.state === 'Closed' && isSharedEventsTopic(batch.topic) && isShut(error))
        return arrived.map(({ record }) => ({
          ...{ topic: batch.topic, partition: batch.partition, record, tenantId: tenant.tenantId },
          ...{ reason: 'tenant-unknown', detail: `${tenant.slug} is closed` },
        }));
      if (!isRefused(error)) throw error;
      const [only] = arrived;
      if (arrived.length === 1 && only) {
        const detail = error instanceof Error ? error.message : String(error);
        return [
          { topic: batch.topic, partition: batch.partition, record: only.record, tenantId: tenant.tenantId, reason: 'refused', detail },
        ];
      }
      // One of them is at fault: halves, until it is alone.
      const half = Math.ceil(arrived.length / 2);
      const first = await this.#append(tenant, arrived.slice(0, half), batch);
      return [...first, ...(await this.#append(tenant, arrived.slice(half), batch))];
    }
  }

  async #putAside(dead: readonly DeadEvent[]): Promise<void> {
    const { deadEvents, metrics, log } = this.#options;
    await deadEvents.put(dead).catch((cause: unknown) => {
      throw new DatabaseAway('records that cannot be appended could not be put aside', { cause });
    });
    for (const { reason } of dead) metrics.deadEvents.inc({ reason });
    log.error(
      { count: dead.length, topic: dead[0]?.topic, reason: dead[0]?.reason, detail: dead[0]?.detail },
      'records are no events: put aside',
    );
  }
}

/**
 * A tenant may write to its own topics: what a record says of itself is believed only where the relay alone writes. That is also where the tenant's events
 * were published before its class changed: what is repeated comes late, and the registry's news may come late here.
 */
function isPublishedOn(topic: string, { eventsTopic, slug }: Tenant): boolean {
  return topic === eventsTopic || isSharedEventsTopic(topic) || topic === ownEventsTopic(slug);
}

/** The data is at fault, not the moment: PostgreSQL's classes for data that is wrong, breaks a constraint or a limit. */
function isRefused(error: unknown): boolean {
  if (isAway(error)) return false;
  const state = sqlState(error);
  return state !== undefined && /^(22|23|54)/.test(state);
}

/** The tenant's schema cannot be entered, or is not there any more. */
function isShut(error: unknown): boolean {
  return error instanceof DoorClosed || ['42501', '3F000', '42P01'].includes(sqlState(error) ?? '');
}

function oldestOf(byTenant: ReadonlyMap<Tenant, readonly Arrived[]>): number | undefined {
  let oldest: number | undefined;
  for (const arrived of byTenant.values()) {
    for (const { event } of arrived) oldest = Math.min(oldest ?? Number.POSITIVE_INFINITY, Date.parse(event.time));
  }
  return oldest;
}
