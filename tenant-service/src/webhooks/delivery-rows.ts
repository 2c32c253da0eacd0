import { Coalescer } from '../tenancy/coalescer.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { putOff, putOffEndpoint, recordAttempts, takeDeliveries, wakeLanes } from './delivery-statements.ts';
import type { AttemptOutcome } from './post-webhook.ts';
import type { WebhookContent } from './webhook-message.ts';

/** Tickets, or attempts, of one tenant that share a statement. */
const TOGETHER = 100;
/** Tickets come from the queue in a row. */
const TAKE_LINGER_MS = 5;
/** Nobody waits for what is written down, and one commit for twenty costs hardly more than one for each. */
const LINGER_MS = 25;

/** A delivery in a sender's hands, and what it needs of its endpoint. */
export interface TakenDelivery extends WebhookContent {
  readonly id: string;
  readonly endpointId: string;
  readonly byHand: boolean;
  readonly attempts: number;
  readonly step: number;
  readonly url: string;
  readonly status: 'enabled' | 'disabled';
  readonly ordered: boolean;
  /** Sealed, as the next. */
  readonly secret: string;
  readonly earlierSecret: string | null;
  readonly failingSince: Date | null;
  /** An earlier event of the same thing has not ended yet, and the endpoint wants them in order. */
  readonly isBehind: boolean;
}

/** What became of an attempt, or of a delivery that ends without one. */
export interface AttemptRecord {
  readonly id: string;
  /** Absent: there was no attempt. */
  readonly number?: number;
  readonly startedAt?: Date;
  readonly durationMs?: number;
  readonly outcome: AttemptOutcome | 'endpoint-disabled';
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer?: string | undefined;
  readonly state: 'pending' | 'delivered' | 'exhausted';
  readonly step: number;
  readonly nextAt?: Date;
  /** Whether the next of its lane waits for it. */
  readonly ordered: boolean;
}

/** A delivery whose receiver is down. */
interface ShutDelivery {
  readonly id: string;
  readonly endpointId: string;
  readonly waitMs: number;
}

/** Taking, recording and putting off, with those of one tenant that come at the same time in one transaction. */
export function deliveryRows(door: Door, takenMs: number) {
  const take = async (tenant: Tenant, tickets: readonly (readonly string[])[]): Promise<TakenDelivery[][]> => {
    const rows = (await door.write(tenant, (tx) => tx.run(takeDeliveries, [tickets.flat(), takenMs]))) as unknown as TakenDelivery[];
    const byId = new Map(rows.map((row) => [row.id, row]));
    return tickets.map((ids) =>
      ids.flatMap((id) => {
        const row = byId.get(id);
        // In two tickets at once: one of them makes the attempt.
        byId.delete(id);
        return row ?? [];
      }),
    );
  };
  const record = async (tenant: Tenant, records: readonly AttemptRecord[]): Promise<true[]> => {
    const ended = records.filter(({ ordered, state }) => ordered && state !== 'pending').map(({ id }) => id);
    await door.write(tenant, async (tx) => {
      await Promise.all([tx.run(recordAttempts, [JSON.stringify(records)]), ...(ended.length === 0 ? [] : [tx.run(wakeLanes, [ended])])]);
    });
    return records.map(() => true as const);
  };
  /** With each of them everything that is due at its endpoint. */
  const wait = async (tenant: Tenant, shut: readonly ShutDelivery[]): Promise<true[]> => {
    const endpoints = new Map(shut.map(({ endpointId, waitMs }) => [endpointId, waitMs]));
    await door.write(tenant, async (tx) => {
      await Promise.all(
        [...endpoints].flatMap(([endpointId, waitMs]) => {
          const ids = shut.filter((one) => one.endpointId === endpointId).map(({ id }) => id);
          return [tx.run(putOff, [ids, waitMs]), tx.run(putOffEndpoint, [endpointId, waitMs])];
        }),
      );
    });
    return shut.map(() => true as const);
  };
  const shared = { maxBatch: TOGETHER, maxFlying: 2, joinFrom: 8 };
  return {
    /** Of the deliveries of a ticket those that are this sender's to make. */
    take: new Coalescer<readonly string[], TakenDelivery[]>({
      ...shared,
      lingerMs: TAKE_LINGER_MS,
      together: take,
      alone: async (tenant, ids) => (await take(tenant, [ids]))[0] ?? [],
    }),
    record: new Coalescer<AttemptRecord, true>({
      ...shared,
      lingerMs: LINGER_MS,
      exclusive: ({ id }) => id,
      together: record,
      alone: async (tenant, one) => {
        await record(tenant, [one]);
        return true;
      },
    }),
    wait: new Coalescer<ShutDelivery, true>({
      ...shared,
      lingerMs: LINGER_MS,
      exclusive: ({ id }) => id,
      together: wait,
      alone: async (tenant, one) => {
        await wait(tenant, [one]);
        return true;
      },
    }),
  };
}
