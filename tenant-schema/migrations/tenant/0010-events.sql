-- The event log (design D8): everything that happened to the tenant, in one order. Polling, streaming, webhooks and audit read it.

create table events (
  -- Without gaps, in the order of commits: whoever has read up to one misses nothing by asking for what comes after it.
  seq bigint primary key check (seq > 0),
  -- What makes a second delivery of the same event no second event.
  id uuid not null constraint events_id_unique unique,
  type text not null,
  subject text not null,
  version integer not null check (version > 0),
  occurred_at timestamptz(3) not null,
  appended_at timestamptz not null default clock_timestamp(),
  traceparent text,
  -- json, not jsonb: the text as it was published, to the byte, because the hash is over it.
  data json not null,
  -- sha256 over the hash before it and the event: what was appended cannot be changed, moved or taken out without being seen.
  hash bytea not null check (octet_length(hash) = 32)
);

-- What happened to one thing, in order.
create index events_subject on events (subject, seq);

-- The end of the log. Whoever moves it holds its row until the commit, so numbers are given in the order of commits.
create table event_log_head (
  only_one boolean primary key default true check (only_one),
  seq bigint not null check (seq >= 0),
  hash bytea not null check (octet_length(hash) = 32)
) with (
  -- Moved with every batch; beside itself it costs no index.
  fillfactor = 10
);

insert into event_log_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));
