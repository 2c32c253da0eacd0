import type { ArchiveKind } from '@tenantry/contracts';
import { documentSql } from '../listing/document-sql.ts';
import { instantSql } from '../listing/list-column.ts';
import { TenantStatement } from '../postgres/statement.ts';
import type { ArchivePolicy } from './archive-policy.ts';
import { figuresAreBehind } from './figures-behind.ts';
import { TRANSACTION_ARCHIVE } from './transaction-archive.ts';

const DELIVERY = {
  id: 'v.id',
  endpointId: 'v.endpoint_id',
  eventId: 'v.event_id',
  eventType: 'v.event_type',
  eventSeq: 'v.event_seq',
  subject: 'v.subject',
  state: 'v.state',
  attempts: 'v.attempts',
  lastOutcome: 'v.last_outcome',
  lastStatus: 'v.last_status',
  createdAt: instantSql('v.created_at'),
  finishedAt: instantSql('v.finished_at'),
  payload: 'v.payload',
  log: `coalesce((
    select json_agg(json_build_object('number', t.number, 'startedAt', ${instantSql('t.started_at')}, 'durationMs', t.duration_ms, 'outcome', t.outcome,
      'status', t.status, 'requestHeaders', t.request_headers, 'answer', t.answer) order by t.number)
    from {schema}.webhook_attempts t where t.delivery_id = v.id
  ), '[]'::json)`,
} as const;

const CHANGE = {
  aggregate: 'h.aggregate',
  aggregateId: 'h.aggregate_id',
  version: 'h.version',
  change: 'h.change',
  changedAt: instantSql('h.changed_at'),
  actor: 'h.actor',
  traceId: 'h.trace_id',
  before: 'h.before',
  after: 'h.after',
} as const;

/** What is archived, by kind. */
export const ARCHIVE_CONTENTS: Readonly<Record<ArchiveKind, ArchivePolicy>> = {
  'webhook-deliveries': {
    days: ({ webhookDeliveryDays }) => webhookDeliveryDays,
    // Replaying one puts it back among those that wait: it is not old then.
    rows: ({ cut, afterId, limit }) => ({
      values: [cut, afterId, limit],
      text: `
select v.id, 0 as version, ${instantSql('v.finished_at')} as at, ${documentSql(DELIVERY, undefined)} as line
from {schema}.webhook_deliveries v
where v.state <> 'pending' and v.finished_at < $1::timestamptz and v.created_at < $1::timestamptz and v.id > $2::uuid
order by v.id limit $3::int`,
    }),
    remove: new TenantStatement(
      'archive_deliveries',
      `
with archive as (
  select id, cut, row_count, first_id, last_id from {schema}.archives
  where id = $1::uuid and attempt = $2::int and kind = 'webhook-deliveries' and state = 'stored' for update
), going as materialized (
  select v.id from archive a join {schema}.webhook_deliveries v on v.id between a.first_id and a.last_id
  where v.state <> 'pending' and v.finished_at < a.cut and v.created_at < a.cut
  for update of v
), removed as (
  update {schema}.archives set state = 'removed', removed_at = clock_timestamp(), claimed_until = null
  where id in (select id from archive where row_count = (select count(*) from going))
  returning row_count
), gone as (
  delete from {schema}.webhook_deliveries v using going g where v.id = g.id and exists (select from removed)
)
select (select row_count from removed) as rows`,
    ),
  },
  history: {
    days: ({ historyDays }) => historyDays,
    // What stays is said where nobody can change it: remove_archived_history (migration 12), which removes these rows and no others.
    rows: ({ cut, afterId, afterVersion, since, limit }) => ({
      values: [cut, afterId, afterVersion, since, limit],
      text: `
select h.aggregate_id as id, h.version, ${instantSql('h.changed_at')} as at, ${documentSql(CHANGE, undefined)} as line
from {schema}.history h
where h.changed_at < $1::timestamptz and not ${figuresAreBehind('$1')} and h.change in ('updated', 'posted') and (h.aggregate_id, h.version) > ($2::uuid, $3::int)
  and ($4::timestamptz is null or h.aggregate_id in (
    select c.aggregate_id from {schema}.history c where c.changed_at >= $4::timestamptz and c.changed_at < $1::timestamptz))
  and exists (select from {schema}.history n where n.aggregate_id = h.aggregate_id and n.version > h.version and n.changed_at < $1::timestamptz)
  and (h.aggregate <> 'account' or h.change = 'posted' or exists (
    select from {schema}.history n
    where n.aggregate_id = h.aggregate_id and n.version > h.version and n.changed_at < $1::timestamptz and n.change <> 'posted'))
order by h.aggregate_id, h.version limit $5::int`,
    }),
    remove: new TenantStatement('archive_history', 'select {schema}.remove_archived_history($1::uuid, $2::int) as rows'),
  },
  transactions: TRANSACTION_ARCHIVE,
};
