import { TenantStatement } from '../postgres/statement.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { uuidv7 } from '../uuid-v7.ts';
import { CronRuns } from './cron-runs.ts';

const DUE = new TenantStatement(
  'schedules_due',
  `
select s.id, s.cron, s.time_zone as "timeZone", s.next_at as "nextAt"
from {schema}.report_schedules s where s.next_at <= now() order by s.next_at limit 100`,
);

/**
 * $1 schedule · $2 the instant it waited for · $3 the one it waits for next, or null · $4 id of the report · $5 the instant it is made for ·
 * $6 trace id · $7 traceparent. Who finds the schedule waiting for another instant writes nothing.
 */
const ASK = new TenantStatement(
  'schedule_ask',
  `
with moved as (
  update {schema}.report_schedules set next_at = $3::timestamptz
  where id = $1::uuid and next_at = $2::timestamptz and enabled
  returning id, report, parameters, format, time_zone, created_by
), accepted as (
  insert into {schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
  select $4::uuid, 'report', 'queued', jsonb_build_object('report', report, 'parameters', parameters, 'format', format, 'timeZone', time_zone,
    'asOf', to_char($5::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), created_by, $6, $7, date_trunc('milliseconds', now())
  from moved
)
insert into {schema}.reports (id, report, parameters, format, time_zone, as_of, schedule_id, scheduled_for, created_at)
select $4::uuid, report, parameters, format, time_zone, $5::timestamptz, id, $5::timestamptz, date_trunc('milliseconds', now()) from moved
returning id`,
);

interface DueSchedule {
  readonly id: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly nextAt: Date;
}

/**
 * Asks for the reports that are due: one for each instant, however many workers look at once and wherever they die, because schedule, operation
 * and report change in one statement.
 */
export async function askDueReports(door: Door, tenant: Tenant, now = new Date()): Promise<void> {
  const due = (await door.read(tenant, (tx) => tx.run(DUE, []))) as unknown as DueSchedule[];
  for (const { id, cron, timeZone, nextAt } of due) {
    const runs = new CronRuns(cron, timeZone);
    const at = runs.lastDue(nextAt.toISOString(), now);
    const next = runs.next(new Date(Math.max(now.getTime(), Date.parse(at))), 1)[0] ?? null;
    const report = uuidv7();
    const traceId = report.replaceAll('-', '');
    const values = [id, nextAt.toISOString(), next, report, at, traceId, `00-${traceId}-${traceId.slice(16)}-00`];
    await door.write(tenant, (tx) => tx.run(ASK, values));
  }
}
