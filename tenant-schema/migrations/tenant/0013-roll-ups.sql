-- Roll-ups: figures of each day (UTC), counted from the event log as it grows, for dashboards that must not read years of rows.
-- A generation is one whole set of figures. A new one is counted beside the one that is read, and takes its place when it has caught up.

create table report_rollups (
  generation integer primary key check (generation > 0),
  -- Complete: it may be read. The newest such generation is.
  is_complete boolean not null,
  -- The watermark: events up to this number are counted, each once, in the transaction that moved it.
  seq bigint not null check (seq >= 0),
  begun_at timestamptz not null default clock_timestamp(),
  moved_at timestamptz not null default clock_timestamp()
) with (fillfactor = 10);

-- What changed on a day. The number of customers on a day is the sum up to it.
create table report_daily_customers (
  generation integer not null,
  day date not null,
  status text not null,
  -- Empty for a customer without one.
  segment text not null,
  change bigint not null,
  came bigint not null,
  went bigint not null,
  primary key (generation, day, status, segment)
) with (fillfactor = 70);

create table report_daily_accounts (
  generation integer not null,
  day date not null,
  account_type text not null,
  currency text not null,
  -- Opened less closed, and what was posted: sums up to a day are the open accounts and the balance at its end.
  accounts bigint not null,
  balance_minor numeric not null,
  -- Booked on the day.
  transactions bigint not null,
  credit_minor numeric not null,
  debit_minor numeric not null,
  primary key (generation, day, account_type, currency)
) with (fillfactor = 70);

-- Events of a day by type; `customers.active`: customers for whom something was booked on it.
create table report_daily_activity (
  generation integer not null,
  day date not null,
  measure text not null,
  count bigint not null,
  primary key (generation, day, measure)
) with (fillfactor = 70);

-- By the month in which customers came: how many these were, and for how many of them something was booked in each month.
create table report_cohorts (
  generation integer not null,
  cohort date not null,
  month date not null,
  joined bigint not null,
  active bigint not null,
  primary key (generation, cohort, month)
) with (fillfactor = 70);

-- Who was active when: what makes a second booking of a day no second active customer.
create table report_active_days (
  generation integer not null,
  customer_id uuid not null,
  day date not null,
  primary key (generation, customer_id, day)
);

-- Changes a generation was begun with whose events were not in the log yet: they are not counted again when they come.
create table report_counted_ahead (
  generation integer not null,
  aggregate_id uuid not null,
  version integer not null,
  primary key (generation, aggregate_id, version)
);

-- A tenant without a past is complete at once; for another the projector counts what is there first.
insert into report_rollups (generation, is_complete, seq) select 1, true, 0 where not exists (select from history);
