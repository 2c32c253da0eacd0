-- Records of Kafka that the projector could not append to any event log: kept as they were, with the reason, until somebody has them tried again.

create table tenantry.dead_events (
  topic text not null,
  partition integer not null,
  -- Named as Kafka names it; with the two above it says which record, so one that comes again is one row.
  record_offset bigint not null,
  -- What the record says of itself; it may be wrong, which may be why it is here.
  tenant_id uuid,
  reason text not null,
  detail text not null,
  key bytea,
  value bytea,
  headers jsonb not null default '{}',
  failed_at timestamptz not null default now(),
  primary key (topic, partition, record_offset)
);

grant usage on schema tenantry to :"projector";
grant select, insert, delete on tenantry.dead_events to :"projector";
