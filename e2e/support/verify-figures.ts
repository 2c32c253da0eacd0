import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { rowsOf } from './cell-eye.ts';
import { holds } from './holds.ts';
import type { TestTenant } from './test-tenant.ts';

/** I3: the figures of each day have counted every event of the log once: summed up they say what the rows say. */
export async function everyEventIsCounted({ name }: TestTenant): Promise<void> {
  await eventually(
    async () => {
      const [figures] = await rowsOf<{ readonly counted: Counted; readonly wanted: Counted }>(name, FIGURES);
      holds(`I3: figures of ${name}`, figures?.counted, figures?.wanted);
    },
    { limitMs: 60_000, everyMs: 250 },
  );
}

interface Counted {
  /** The last event. */
  readonly seq: number;
  /** Customers there are. */
  readonly customers: number;
  /** Events of customers. */
  readonly changes: number;
}

const FIGURES = `
  select json_build_object('seq', r.seq,
           'customers', (select coalesce(sum(change), 0) from {schema}.report_daily_customers d where d.generation = r.generation),
           'changes', (select coalesce(sum(count), 0) from {schema}.report_daily_activity d
                        where d.generation = r.generation and starts_with(measure, 'dev.tenantry.customer.'))) as counted,
         json_build_object('seq', (select seq from {schema}.event_log_head),
           'customers', (select count(*) from {schema}.customers where deleted_at is null),
           'changes', (select count(*) from {schema}.events where starts_with(type, 'dev.tenantry.customer.'))) as wanted
    from {schema}.report_rollups r where r.is_complete order by r.generation desc limit 1`;
