import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { instantSql } from '../../listing/list-column.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/* SQL of reports: what was asked is a row of `reports`, what became of it the row of `operations` with the same id. */

/** As StoredReport has it. */
const COLUMNS = `r.id, r.report, r.parameters, r.format, r.time_zone as "timeZone", ${instantSql('r.as_of')} as "asOf",
  r.schedule_id as "scheduleId", ${instantSql('r.scheduled_for')} as "scheduledFor", o.status, o.done::int8::text as done, o.result, o.problem,
  o.actor, o.request, ${instantSql('o.created_at')} as "createdAt", ${instantSql('o.started_at')} as "startedAt",
  ${instantSql('o.finished_at')} as "finishedAt", ${instantSql('o.expires_at')} as "expiresAt"`;

/** $1 id · $2 request · $3 actor · $4 trace id · $5 traceparent · $6 time · $7 answer for the idempotency key, or null. */
export const createReport = new TenantStatement(
  'report_create',
  `
with accepted as (
  insert into {schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
  values ($1::uuid, 'report', 'queued', $2::jsonb, $3, $4, $5, $6::timestamptz)
), written as (
  insert into {schema}.reports (id, report, parameters, format, time_zone, as_of, created_at)
  select $1::uuid, f.report, f.parameters, f.format, f."timeZone", f."asOf", $6::timestamptz
  from jsonb_to_record($2::jsonb) as f(report text, parameters jsonb, format text, "timeZone" text, "asOf" timestamptz)
  returning id
), answered as (${storeAnswer('$7', 'written')}
)
select id from written`,
);

/** $1 id. */
export const findReport = new TenantStatement(
  'report_find',
  `select ${COLUMNS} from {schema}.reports r join {schema}.operations o on o.id = r.id where r.id = $1::uuid`,
);

/** $1 the last id of the page before, or the highest UUID · $2 limit · $3 schedule, or null. */
export const listReports = new TenantStatement(
  'reports_list',
  `
select ${COLUMNS} from {schema}.reports r join {schema}.operations o on o.id = r.id
where r.id < $1::uuid and ($3::uuid is null or r.schedule_id = $3::uuid)
order by r.id desc limit $2::int`,
);
