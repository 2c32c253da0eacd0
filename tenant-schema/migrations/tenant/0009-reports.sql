-- Reports, and the schedules that ask for them.

-- When reports are made by themselves. `next_at` is the record: whoever moves it on asks for the report in the same statement.
create table report_schedules (
  id uuid primary key,
  name text not null,
  report text not null,
  parameters jsonb not null check (jsonb_typeof(parameters) = 'object'),
  format text not null,
  time_zone text not null,
  -- Five fields, read in the time zone.
  cron text not null,
  enabled boolean not null,
  -- Null while it is not enabled, and when the expression names no further instant.
  next_at timestamptz,
  -- The ETag: counts changes by people, not runs.
  version integer not null check (version > 0),
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint report_schedules_off_waits_for_nothing check (enabled or next_at is null)
);

create unique index report_schedules_name_unique on report_schedules (lower(name));
create index report_schedules_due on report_schedules (next_at) where next_at is not null;

-- What was asked of a report. What became of it is said by the operation of the same id, and goes with it.
create table reports (
  id uuid primary key references operations (id) on delete cascade,
  report text not null,
  parameters jsonb not null check (jsonb_typeof(parameters) = 'object'),
  format text not null,
  time_zone text not null,
  -- The instant it tells of: fixed when it is asked for, so that a second attempt tells the same.
  as_of timestamptz not null,
  schedule_id uuid references report_schedules (id) on delete set null,
  -- The instant of the schedule it was made for.
  scheduled_for timestamptz,
  created_at timestamptz not null,
  -- One report for one instant, however many workers see that it is due.
  constraint reports_once_an_instant unique (schedule_id, scheduled_for)
);
