import { REPORT_SCHEDULES_MAX } from '@tenantry/contracts';
import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { instantSql } from '../../listing/list-column.ts';
import { TenantStatement } from '../../postgres/statement.ts';

const COLUMNS = `s.id, s.name, s.report, s.parameters, s.format, s.time_zone as "timeZone", s.cron, s.enabled, s.version,
  s.created_by as "createdBy", ${instantSql('s.created_at')} as "createdAt", ${instantSql('s.updated_at')} as "updatedAt"`;
const FIELDS = `(id uuid, name text, report text, parameters jsonb, format text, "timeZone" text, cron text, enabled boolean, "nextAt" timestamptz,
  version int, "createdBy" text, "createdAt" timestamptz, "updatedAt" timestamptz)`;

/** $1 document with `nextAt` · $2 answer. No row: there are as many as there may be. */
export const createSchedule = new TenantStatement(
  'schedule_create',
  `
with written as (
  insert into {schema}.report_schedules (id, name, report, parameters, format, time_zone, cron, enabled, next_at, version, created_by, created_at, updated_at)
  select f.id, f.name, f.report, f.parameters, f.format, f."timeZone", f.cron, f.enabled, f."nextAt", 1, f."createdBy", f."createdAt", f."updatedAt"
  from jsonb_to_record($1::jsonb) as f${FIELDS}
  where (select count(*) from {schema}.report_schedules) < ${REPORT_SCHEDULES_MAX}
  returning id
), answered as (${storeAnswer('$2', 'written')}
)
select id from written`,
);

export const listSchedules = new TenantStatement(
  'schedules_list',
  `select ${COLUMNS} from {schema}.report_schedules s order by lower(s.name)`,
);

/** $1 id. */
export const findSchedule = new TenantStatement(
  'schedule_find',
  `select ${COLUMNS} from {schema}.report_schedules s where s.id = $1::uuid`,
);

/** $1 id · $2 version it was made from · $3 document with `nextAt`. No row: not there in that version. */
export const updateSchedule = new TenantStatement(
  'schedule_update',
  `
update {schema}.report_schedules s
set name = f.name, format = f.format, time_zone = f."timeZone", cron = f.cron, enabled = f.enabled, next_at = f."nextAt", version = s.version + 1,
  updated_at = f."updatedAt"
from jsonb_to_record($3::jsonb) as f${FIELDS}
where s.id = $1::uuid and s.version = $2::int
returning s.id`,
);

/** $1 id · $2 version. No row: not there in that version. */
export const deleteSchedule = new TenantStatement(
  'schedule_delete',
  'delete from {schema}.report_schedules where id = $1::uuid and version = $2::int returning id',
);
