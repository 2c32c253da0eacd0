import { TenantStatement } from '../postgres/statement.ts';

/** The end of the log, and which of the events $1 are in it already. */
export const LOG_END = new TenantStatement(
  'log_end',
  `select seq::text, hash, array(select id::text from {schema}.events where id = any($1::uuid[])) as known from {schema}.event_log_head`,
);

/**
 * Puts events behind the end $1 with hash $2 (both as the caller knows them): $3 the new end's hash, $4 the numbers, $5 ids, $6 types, $7 subjects,
 * $8 versions, $9 times, $10 traceparents, $11 data, $12 hashes. No rows: the end is another one by now. The update holds the end's row until the
 * commit, so numbers become visible in their order. `isGap`: an earlier version of the same thing is missing.
 */
export const APPEND_EVENTS = new TenantStatement(
  'append_events',
  `with moved as (
  update {schema}.event_log_head set seq = $1::bigint + cardinality($4::bigint[]), hash = $3::bytea
  where seq = $1::bigint and hash = $2::bytea returning 1
), added as (
  select * from moved, unnest($4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::int[], $9::timestamptz[], $10::text[], $11::text[], $12::bytea[])
    as e (seq, id, type, subject, version, occurred_at, traceparent, data, hash)
), inserted as (
  insert into {schema}.events (seq, id, type, subject, version, occurred_at, traceparent, data, hash)
  select seq, id, type, subject, version, occurred_at, traceparent, data::json, hash from added
  returning seq
)
select inserted.seq::text, added.version > 1
  and not exists (select from added as before where before.subject = added.subject and before.version = added.version - 1)
  and not exists (select from {schema}.events as before where before.subject = added.subject and before.version = added.version - 1) as "isGap"
from inserted join added using (seq)`,
);

// Every `seq` outside of this list is the column, not its text: sorted as text 10 comes before 2.
const COLUMNS = `seq::text, id::text, type, subject, version, occurred_at as "occurredAt", traceparent, data::text as data, hash`;
const VISIBLE = `($2::text is null or starts_with(type, $2::text))
  and not exists (select from unnest($3::text[]) as hidden (prefix) where starts_with(type, hidden.prefix))`;

/** Up to $4 events behind number $1, of types that begin with $2 (null: all), but of none that begins with one of $3. */
export const READ_EVENTS = new TenantStatement(
  'read_events',
  `select ${COLUMNS} from {schema}.events where seq > $1::bigint and ${VISIBLE} order by events.seq limit $4::int`,
);

/**
 * The same of types that begin with $2, by the index of types: from one type to the next, and in each to the first events behind $1. A scan would read
 * all other events on the way to a rare one.
 */
export const READ_TYPE_EVENTS = new TenantStatement(
  'read_type_events',
  `
with recursive types (known) as (
  (select type collate "C" from {schema}.events where type collate "C" >= $2::text order by type collate "C" limit 1)
  union all
  select (select e.type collate "C" from {schema}.events e where e.type collate "C" > t.known order by e.type collate "C" limit 1)
  from types t where starts_with(t.known, $2::text)
)
select ${COLUMNS} from types t cross join lateral (
  -- As a range of the index: with "type =" the planner takes the log's own order instead, and reads all of it for a type that is rare.
  select * from {schema}.events e
  where (e.type collate "C", e.seq) > (t.known, $1::bigint) and (e.type collate "C", e.seq) <= (t.known, 9223372036854775807)
  order by e.type collate "C", e.seq limit $4::int
) events
where starts_with(t.known, $2::text) and not exists (select from unnest($3::text[]) as hidden (prefix) where starts_with(t.known, hidden.prefix))
order by events.seq limit $4::int`,
);

/** The same of one subject, $5, by its index. */
export const READ_SUBJECT_EVENTS = new TenantStatement(
  'read_subject_events',
  `select ${COLUMNS} from {schema}.events where subject = $5::text and seq > $1::bigint and ${VISIBLE} order by events.seq limit $4::int`,
);

/** The number of the last event; 0 when there is none. */
export const LAST_EVENT = new TenantStatement('last_event', 'select seq::text from {schema}.event_log_head');
