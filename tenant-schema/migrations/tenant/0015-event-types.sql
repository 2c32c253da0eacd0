-- What a tenant's own events must be, by type; and ways into the event log by type and by time.

create table event_schemas (
  -- Byte order, as every comparison of types.
  type text collate "C" primary key check (length(type) between 1 and 200),
  -- Goes on after a removal, so that a replica which remembers the schema before is told from one which knows the new one.
  version integer not null check (version > 0),
  -- Null: taken away. json, not jsonb: people get their text back in their order.
  schema json check (json_typeof(schema) = 'object'),
  updated_at timestamptz(3) not null,
  updated_by text not null,
  trace_id text
);

-- Types are few: whoever asks for those that begin with something is led to each of them, and in each to its place in the log.
create index events_type on events (type collate "C", seq);

-- Times ascend nearly as the log does: a summary of every few pages finds a day in it and costs an append next to nothing.
create index events_time on events using brin (occurred_at) with (pages_per_range = 16, autosummarize = on);
