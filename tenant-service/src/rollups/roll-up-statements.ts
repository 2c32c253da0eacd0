import { TenantStatement } from '../postgres/statement.ts';
import { ADD_ACCOUNT_STEPS, ARCHIVED_GENERATION, dayOf, POSTING_FIGURES, POSTING_OWNER, POSTING_STEPS } from './posting-figures.ts';

/*
 * SQL of the roll-ups. A change is counted by what `history` and `transactions` say of it, never by the text of its event: that only names it. So the
 * order in which events come does not matter, and figures made anew from the rows are the same ones.
 */

const monthOf = (day: string): string => `date_trunc('month', ${day}::timestamp)::date`;

const ARCHIVED = {
  steps: `
  union all
  select b.generation, f.day, f.account_type, f.currency, f.accounts, f.balance_minor, f.transactions, f.credit_minor, f.debit_minor
  from begun b cross join {schema}.report_daily_accounts f where f.generation = ${ARCHIVED_GENERATION}`,
  days: `
  union
  select b.generation, f.customer_id, f.day from begun b cross join {schema}.report_active_days f where f.generation = ${ARCHIVED_GENERATION}`,
};

/**
 * Adds to all figures what three sources hold: `told` (events: generation, occurred_at, type), `changes` (of customers and accounts: generation, aggregate,
 * change, changed_at, and status, segment, type and currency before and after) and `postings`. Rows are taken in the order of their keys, though no two
 * of these of one tenant ever run side by side. `archived`: what the postings in the archive came to, as further steps and active days.
 */
const add = (archived: { readonly steps: string; readonly days: string } = { steps: '', days: '' }): string => `customer_steps as (
  select c.generation, ${dayOf('c.changed_at')} as day, s.status, coalesce(s.segment, '') as segment, s.change,
    (s.change = 1 and c.old_status is null)::int as came, (s.change = -1 and c.new_status is null)::int as went
  from changes c
  cross join lateral (values (c.old_status, c.old_segment, -1), (c.new_status, c.new_segment, 1)) as s (status, segment, change)
  where c.aggregate = 'customer' and s.status is not null and (c.old_status, c.old_segment) is distinct from (c.new_status, c.new_segment)
), daily_customers as (
  insert into {schema}.report_daily_customers as d (generation, day, status, segment, change, came, went)
  select generation, day, status, segment, sum(change), sum(came), sum(went) from customer_steps
  group by generation, day, status, segment order by generation, day, status, segment
  on conflict (generation, day, status, segment)
  do update set change = d.change + excluded.change, came = d.came + excluded.came, went = d.went + excluded.went
), account_steps as (
  select generation, ${dayOf('changed_at')} as day, account_type, currency,
    (new_status <> 'closed')::int - coalesce((old_status <> 'closed')::int, 0) as accounts, 0::bigint as balance, 0 as transactions, 0::bigint as credit,
    0::bigint as debit
  from changes where aggregate = 'account' and new_status is distinct from old_status
  union all
  ${POSTING_STEPS}
  ${archived.steps}
), daily_accounts as (${ADD_ACCOUNT_STEPS}
), active as (
  insert into {schema}.report_active_days (generation, customer_id, day)
  select distinct generation, customer_id, booked from postings
  ${archived.days}
  order by generation, customer_id, booked
  on conflict do nothing
  returning generation, customer_id, day
), daily_activity as (
  insert into {schema}.report_daily_activity as d (generation, day, measure, count)
  select generation, ${dayOf('occurred_at')}, type, count(*) from told group by 1, 2, 3
  union all
  select generation, day, 'customers.active', count(*) from active group by 1, 2
  order by 1, 2, 3
  on conflict (generation, day, measure) do update set count = d.count + excluded.count
), active_months as (
  select distinct a.generation, a.customer_id, ${monthOf('a.day')} as month from active a
  -- None of the days that were there before this statement.
  where (
    select true from {schema}.report_active_days d
    where d.generation = a.generation and d.customer_id = a.customer_id
      and d.day >= ${monthOf('a.day')} and d.day < ${monthOf('a.day')} + interval '1 month' limit 1
  ) is null
), cohorts as (
  insert into {schema}.report_cohorts as d (generation, cohort, month, joined, active)
  select generation, cohort, month, sum(joined), sum(active) from (
    select m.generation, ${monthOf(dayOf('c.created_at'))} as cohort, m.month, 0 as joined, 1 as active
    from active_months m cross join lateral (select created_at from {schema}.customers c where c.id = m.customer_id limit 1) c
    union all
    select generation, ${monthOf(dayOf('changed_at'))}, ${monthOf(dayOf('changed_at'))}, 1, 0
    from changes where aggregate = 'customer' and change = 'created'
  ) steps
  group by generation, cohort, month order by generation, cohort, month
  on conflict (generation, cohort, month) do update set joined = d.joined + excluded.joined, active = d.active + excluded.active
)`;

/** Held until the commit by whoever counts: a statement behind it sees everything the one before has counted. */
export const LOCK_ROLL_UPS = new TenantStatement(
  'rollup_lock',
  'select generation from {schema}.report_rollups order by generation for update',
);

/** A subject of ours, as the uuid in it; what is no such thing is counted as an event, and nothing else. */
const SUBJECT = `case when e.subject ~ '^(customers|accounts)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then split_part(e.subject, '/', 2)::uuid end`;

/**
 * Counts up to $1 further events for every generation there is, and moves the watermarks. Belongs behind {@link LOCK_ROLL_UPS} in one transaction. A row for
 * each generation that moved: where it stands now, and the end of the log. Look-ups are laterals with a limit: one plan serves all sizes of tables, so
 * none of them may become a join over a whole one.
 */
export const COUNT_EVENTS = new TenantStatement(
  'rollup_count',
  `
with moved as (
  update {schema}.report_rollups r set seq = least(l.seq, r.seq + $1::int), moved_at = clock_timestamp()
  from {schema}.event_log_head l where r.seq < l.seq
  returning r.generation, old.seq as begins, new.seq as ends, l.seq as last
), told as materialized (
  select m.generation, e.*
  from moved m cross join lateral (
    select e.type, e.occurred_at, e.version, ${SUBJECT} as id, left(e.subject, strpos(e.subject, '/') - 2) as aggregate
    from {schema}.events e where e.seq > m.begins and e.seq <= m.ends order by e.seq limit $1::int
  ) e
), named as (
  select t.generation, h.*
  from told t cross join lateral (
    select h.aggregate, h.aggregate_id, h.version, h.change, h.changed_at, h.before, h.after
    from {schema}.history h where h.aggregate_id = t.id and h.version = t.version limit 1
  ) h
  where h.aggregate = t.aggregate and starts_with(t.type, 'dev.tenantry.') and (
    select true from {schema}.report_counted_ahead a
    where a.generation = t.generation and a.aggregate_id = t.id and a.version = t.version limit 1
  ) is null
), changes as materialized (
  select generation, aggregate, aggregate_id, version, change, changed_at,
    before ->> 'status' as old_status, before ->> 'segment' as old_segment, after ->> 'status' as new_status, after ->> 'segment' as new_segment,
    after ->> 'type' as account_type, after ->> 'currency' as currency, (after ->> 'transactionId')::uuid as transaction_id
  from named
), postings as materialized (
  select c.generation, ${POSTING_FIGURES}
  from changes c
  cross join lateral (select * from {schema}.transactions t where t.id = c.transaction_id limit 1) t
  cross join lateral (select a.type, a.customer_id from {schema}.accounts a where a.id = t.account_id limit 1) a
  ${POSTING_OWNER}
  where c.change = 'posted'
), ${add()}
select generation, ends::text, last::text from moved`,
);

/**
 * Makes a new generation of what is there now and what left for the archive; with $1 false only for a tenant that has none. Everything is of one snapshot:
 * where the log ends in it the watermark begins, and what the rows are ahead of the log is remembered. No row: nothing was to be done, or somebody else has done it meanwhile.
 */
export const COUNT_ROWS = new TenantStatement(
  'rollup_build',
  `
with begun as materialized (
  insert into {schema}.report_rollups (generation, is_complete, seq)
  select n.generation + 1, n.generation = 0, l.seq
  from {schema}.event_log_head l, (select coalesce(max(generation), 0) as generation from {schema}.report_rollups) n
  where $1::boolean or n.generation = 0
  -- Who comes second waits here for the first, and has nothing to do then.
  on conflict do nothing
  returning generation, seq
), told as (
  select b.generation, e.type, e.occurred_at from begun b join {schema}.events e on e.seq <= b.seq
), changes as materialized (
  select b.generation, h.aggregate, h.aggregate_id, h.version, h.change, h.changed_at,
    lag(h.after ->> 'status') over versions as old_status, lag(h.after ->> 'segment') over versions as old_segment,
    h.after ->> 'status' as new_status, h.after ->> 'segment' as new_segment, h.after ->> 'type' as account_type, h.after ->> 'currency' as currency
  from begun b cross join {schema}.history h where h.aggregate in ('customer', 'account') and h.change <> 'posted'
  window versions as (partition by h.aggregate_id order by h.version)
), postings as materialized (
  select b.generation, t.account_id, t.account_version, ${POSTING_FIGURES}
  from begun b cross join {schema}.transactions t join {schema}.accounts a on a.id = t.account_id
  ${POSTING_OWNER}
), ahead as (
  insert into {schema}.report_counted_ahead (generation, aggregate_id, version)
  select f.generation, f.id, f.version from (
    select generation, aggregate_id, version, aggregate || 's/' || aggregate_id as subject from changes
    union all
    select generation, account_id, account_version, 'accounts/' || account_id from postings
  ) f (generation, id, version, subject)
  where not exists (select from {schema}.events e where e.subject = f.subject and e.version = f.version)
), ${add(ARCHIVED)}
select generation from begun`,
);

/** Where every generation stands, the newest first; a single row without one: there is none yet. `waitsSince`: when its first event was logged that is not counted. */
export const READ_WATERMARKS = new TenantStatement(
  'rollup_watermarks',
  `
select r.generation, r.is_complete as "isComplete", r.seq::text, l.seq::text as last, e.appended_at as "waitsSince"
from {schema}.event_log_head l left join {schema}.report_rollups r on true left join {schema}.events e on e.seq = r.seq + 1
order by r.generation desc`,
);

/** Generation $1 is read from now on, if it has caught up with the one that was. A row: it is. */
export const COMPLETE_ROLL_UP = new TenantStatement(
  'rollup_complete',
  `
update {schema}.report_rollups r set is_complete = true
where r.generation = $1::int and r.seq >= all (select o.seq from {schema}.report_rollups o where o.is_complete)
returning r.generation`,
);

const FIGURES = [
  'report_daily_customers',
  'report_daily_accounts',
  'report_daily_activity',
  'report_cohorts',
  'report_active_days',
  'report_counted_ahead',
];

/** Removes all generations but the one that is read. Belongs behind {@link LOCK_ROLL_UPS}: nobody counts for one meanwhile. */
export const REMOVE_ROLL_UPS = new TenantStatement(
  'rollup_remove',
  `
with gone as (
  delete from {schema}.report_rollups
  where generation <> (select max(generation) from {schema}.report_rollups where is_complete) returning generation
), ${FIGURES.map((table) => `${table}_gone as (delete from {schema}.${table} f using gone g where f.generation = g.generation)`).join(', ')}
select generation from gone`,
);
