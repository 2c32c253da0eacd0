-- Webhooks: where a tenant's events are sent, and what became of each.

create table webhook_endpoints (
  id uuid primary key,
  url text not null check (octet_length(url) <= 4000),
  description text not null,
  -- Event types, whole or up to a star at the end.
  types text[] not null check (cardinality(types) > 0),
  ordered boolean not null,
  status text not null check (status in ('enabled', 'disabled')),
  disabled_reason text check (disabled_reason in ('admin', 'gone', 'failing')),
  -- Sealed with a key that is not in this database. The earlier one signs, too, until it ends.
  secret text not null,
  earlier_secret text,
  earlier_until timestamptz,
  -- Nothing got through since then.
  failing_since timestamptz,
  version integer not null check (version > 0),
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((status = 'disabled') = (disabled_reason is not null)),
  check ((earlier_secret is null) = (earlier_until is null))
);

-- One per event and endpoint: however often an event is routed, it is sent as one.
create table webhook_deliveries (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
  -- Goes out as webhook-id, the same with every attempt.
  event_id uuid not null,
  event_type text not null,
  -- Place in the event log; null for a test.
  event_seq bigint,
  -- What the event is about: the lane of an ordered endpoint.
  subject text not null,
  -- Of a test; that of an event is in the event log.
  payload text,
  state text not null check (state in ('pending', 'delivered', 'exhausted')),
  -- Asked for by a person: says nothing about the endpoint's health, and goes out from a disabled one, once.
  by_hand boolean not null default false,
  attempts integer not null default 0,
  -- Failures since it was last put in line: the step of the ladder.
  step integer not null default 0,
  next_attempt_at timestamptz,
  last_outcome text,
  last_status integer,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint webhook_deliveries_once unique (endpoint_id, event_id)
) with (fillfactor = 70);

create index webhook_deliveries_of_endpoint on webhook_deliveries (endpoint_id, id desc);
create index webhook_deliveries_lane on webhook_deliveries (endpoint_id, subject, event_seq) where state = 'pending';
create index webhook_deliveries_age on webhook_deliveries using brin (created_at);

create table webhook_attempts (
  delivery_id uuid not null references webhook_deliveries (id) on delete cascade,
  number integer not null check (number > 0),
  started_at timestamptz not null,
  duration_ms integer not null,
  outcome text not null,
  status integer,
  request_headers jsonb not null,
  -- The first 2 KiB.
  answer text,
  primary key (delivery_id, number)
);
