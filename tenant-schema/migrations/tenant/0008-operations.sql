-- Long operations, imports and exports.

-- The record of a task (design D9): a queue only carries its id, and is filled again from here when it was lost.
create table operations (
  id uuid primary key,
  kind text not null,
  status text not null check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  request jsonb not null,
  actor text not null,
  trace_id text not null,
  traceparent text not null,
  -- The ETag: counts every change.
  version integer not null default 1,
  -- Counts who took it. A worker that was thought dead finds another number here and writes nothing more.
  attempt integer not null default 0,
  -- Takings in a row that got no further.
  futile integer not null default 0,
  done bigint not null default 0,
  total bigint,
  created_rows bigint not null default 0,
  updated_rows bigint not null default 0,
  skipped_rows bigint not null default 0,
  failed_rows bigint not null default 0,
  result jsonb,
  problem jsonb,
  created_at timestamptz not null,
  started_at timestamptz,
  -- Moves with the progress; a running one whose heartbeat is old has lost its worker.
  heartbeat_at timestamptz,
  finished_at timestamptz,
  -- When row and files are removed.
  expires_at timestamptz
) with (
  -- Progress is an update a second and touches no index: room on the page for it.
  fillfactor = 50
);

create index operations_open on operations (created_at) where status in ('queued', 'running');
create index operations_expiry on operations (expires_at) where expires_at is not null;

-- Rows of a file that were refused, with what they were, written in the transaction of their chunk.
create table import_errors (
  operation_id uuid not null references operations (id) on delete cascade,
  row_number bigint not null,
  code text not null,
  field text,
  message text not null,
  original jsonb not null,
  primary key (operation_id, row_number)
);

-- Which keys are a day old is asked every quarter of an hour; a range index costs a new key next to nothing.
create index idempotency_keys_age on idempotency_keys using brin (created_at);
