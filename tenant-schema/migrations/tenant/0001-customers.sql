-- Customers of a tenant, their history, and the keys of requests already answered.
-- Runs as the tenant's owner role with search_path = the tenant's schema: names here are unqualified on purpose.
-- No grants: the operator's grants step gives and takes them by the tenant's state (src/tenant-grants.ts lists every table).

alter default privileges revoke execute on functions from public;
alter default privileges revoke usage on types from public;

create table customers (
  -- UUIDv7 made by the service: time-ordered, so the primary key is also the order of pages.
  id uuid primary key,
  external_id text,
  name text not null,
  email text,
  phone text,
  status text not null,
  segment text,
  tags text[] not null default '{}',
  attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
  version integer not null check (version > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  search_text text not null generated always as (
    extensions.search_fold(
      ' ' || name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' || coalesce(external_id, '')
    )
  ) stored
) with (
  -- Room for the next version beside the last: an update that touches no indexed column then writes no index.
  fillfactor = 90
);

-- The database decides the race; deleting a customer frees its email address.
create unique index customers_email_unique on customers (lower(email)) where deleted_at is null and email is not null;

-- Any part of three characters or more, and words by their beginning: a space in front of a short term is a trigram of its own
-- (`% ad%` asks for "  a" and " ad"), so one index serves both. A word column beside it cost a tenth of every write.
-- A pending list of 1 MB: a tenth more writes than with 256 kB, searches read it in two milliseconds (measured).
create index customers_search on customers using gin (search_text extensions.gin_trgm_ops)
  with (gin_pending_list_limit = 1024) where deleted_at is null;

-- Append-only: the app role may insert and select. One row per version of an aggregate, without gaps.
create table history (
  aggregate text not null,
  aggregate_id uuid not null,
  version integer not null check (version > 0),
  changed_at timestamptz not null,
  actor text not null,
  trace_id text,
  change text not null check (change in ('created', 'updated', 'deleted')),
  before jsonb,
  after jsonb,
  primary key (aggregate_id, version)
);

-- Answers of requests that carried an Idempotency-Key. Never partitioned: the primary key is what makes a key count once.
create table idempotency_keys (
  -- Scoped by the service to operation and caller.
  key text primary key check (octet_length(key) <= 512),
  request_hash text not null,
  status smallint not null,
  headers jsonb not null default '{}',
  -- The answer as it was sent; text, so that a repeat is equal to the byte.
  body text,
  created_at timestamptz not null default now()
);
