import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { rowsOf, waitingEvents } from './cell-eye.ts';
import type { TestTenant } from './test-tenant.ts';
import { copiesCaughtUp } from './verify-copies.ts';

/** What of a tenant's writes has not yet gone all its way. */
export interface Backlog {
  /** Events the relay has not published and deleted. */
  readonly outbox: number;
  /** Changes of customers that are not in the event log. */
  readonly unlogged: number;
  /** Webhooks that are neither delivered nor given up. */
  readonly webhooks: number;
  /** Imports, exports and reports that have not ended. */
  readonly operations: number;
}

export async function backlogOf({ name }: TestTenant): Promise<Backlog> {
  const [[row], outbox] = await Promise.all([
    rowsOf<Record<Exclude<keyof Backlog, 'outbox'>, string>>(
      name,
      `select (select count(*) from {schema}.history) - (select count(*) from {schema}.events where subject like 'customers/%') as unlogged,
              (select count(*) from {schema}.webhook_deliveries where state = 'pending') as webhooks,
              (select count(*) from {schema}.operations where status in ('queued', 'running')) as operations`,
    ),
    waitingEvents(name),
  ]);
  return { outbox, unlogged: Number(row?.unlogged), webhooks: Number(row?.webhooks), operations: Number(row?.operations) };
}

/** Waits until nothing is under way any more, the copies of events among the documents included. @returns how many ms that took · @throws saying what is left after `limitMs` */
export async function drained(tenant: TestTenant, limitMs: number): Promise<number> {
  const began = performance.now();
  await eventually(
    async () => {
      const backlog = await backlogOf(tenant);
      if (Object.values(backlog).some((count) => count !== 0)) throw new Error(`${tenant.name} still has ${JSON.stringify(backlog)}`);
    },
    { limitMs, everyMs: 100 },
  );
  await copiesCaughtUp(tenant, Math.max(30_000, limitMs - (performance.now() - began)));
  return Math.round(performance.now() - began);
}
