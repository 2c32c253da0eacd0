import { TenantStatement } from '../../postgres/statement.ts';

/*
 * Reading the roll-ups (src/rollups). One statement each, so that all figures of an answer are of one instant and one generation. No row: the rows
 * of the tenant have not been counted yet.
 */

const READ = `read as materialized (
  select r.generation, r.seq, l.seq as last, e.appended_at as waits_since
  from {schema}.report_rollups r cross join {schema}.event_log_head l left join {schema}.events e on e.seq = r.seq + 1
  where r.is_complete order by r.generation desc limit 1
)`;

const FRESHNESS = `read.seq::text as sequence, read.last::text as last, read.waits_since as "waitsSince"`;

/** $1 first day · $2 the day behind the last. */
export const DAILY_FIGURES = new TenantStatement(
  'figures_daily',
  `
with ${READ}, customer_days as (
  select d.day, sum(d.change) as change, sum(d.came) as came, sum(d.went) as went
  from read join {schema}.report_daily_customers d using (generation) where d.day >= $1::date and d.day < $2::date group by d.day
), account_days as (
  select d.day, sum(d.transactions) as transactions, json_agg(json_build_object('accountType', d.account_type, 'currency', d.currency,
    'transactions', d.transactions, 'creditMinor', d.credit_minor::text, 'debitMinor', d.debit_minor::text)
    order by d.account_type collate "C", d.currency collate "C") filter (where d.transactions > 0) as volume
  from read join {schema}.report_daily_accounts d using (generation) where d.day >= $1::date and d.day < $2::date group by d.day
), activity_days as (
  select d.day, sum(d.count) filter (where d.measure <> 'customers.active') as events,
    sum(d.count) filter (where d.measure = 'customers.active') as active
  from read join {schema}.report_daily_activity d using (generation) where d.day >= $1::date and d.day < $2::date group by d.day
), days as (
  select json_agg(json_build_object('day', g.day::date,
    'customers', before.customers + g.customers,
    'came', coalesce(g.came, 0), 'went', coalesce(g.went, 0), 'activeCustomers', coalesce(v.active, 0), 'transactions', coalesce(a.transactions, 0),
    'events', coalesce(v.events, 0), 'volume', coalesce(a.volume, '[]'::json)) order by g.day) as days
  from (select coalesce(sum(d.change), 0) as customers from read join {schema}.report_daily_customers d using (generation) where d.day < $1::date) before
  cross join (
    select s.day, c.came, c.went, coalesce(sum(c.change) over (order by s.day), 0) as customers
    from generate_series($1::date, $2::date - 1, interval '1 day') as s (day) left join customer_days c on c.day = s.day::date
  ) g
  left join account_days a on a.day = g.day::date
  left join activity_days v on v.day = g.day::date
)
select ${FRESHNESS}, days.days,
  (select coalesce(json_agg(json_build_object('status', t.status, 'segment', nullif(t.segment, ''), 'customers', t.customers)
      order by t.status collate "C", t.segment collate "C"), '[]') from (
    select d.status, d.segment, sum(d.change) as customers from {schema}.report_daily_customers d
    where d.generation = read.generation and d.day < $2::date group by d.status, d.segment having sum(d.change) <> 0) t) as customers,
  (select coalesce(json_agg(json_build_object('accountType', t.account_type, 'currency', t.currency, 'accounts', t.accounts, 'balanceMinor', t.balance::text)
      order by t.account_type collate "C", t.currency collate "C"), '[]') from (
    select d.account_type, d.currency, sum(d.accounts) as accounts, sum(d.balance_minor) as balance from {schema}.report_daily_accounts d
    where d.generation = read.generation and d.day < $2::date group by d.account_type, d.currency
    having sum(d.accounts) <> 0 or sum(d.balance_minor) <> 0) t) as accounts
from read cross join days`,
);

/** $1 first cohort, by its first day · $2 the first day of the last month. */
export const COHORT_FIGURES = new TenantStatement(
  'figures_cohorts',
  `
with ${READ}
select ${FRESHNESS}, (
  select coalesce(json_agg(json_build_object('cohort', to_char(c.cohort, 'YYYY-MM'), 'customers', c.joined, 'months', (
      select json_agg(json_build_object('month', to_char(m.month, 'YYYY-MM'), 'active', coalesce(d.active, 0)) order by m.month)
      from generate_series(c.cohort, $2::date, interval '1 month') as m (month)
      left join {schema}.report_cohorts d on d.generation = read.generation and d.cohort = c.cohort and d.month = m.month::date
    )) order by c.cohort), '[]')
  from {schema}.report_cohorts c
  where c.generation = read.generation and c.month = c.cohort and c.joined > 0 and c.cohort >= $1::date and c.cohort <= $2::date) as cohorts
from read`,
);
