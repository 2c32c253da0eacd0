-- What a tenant used, a row for each day of UTC. Replicas add to it every few seconds (limits/usage-recorder.ts of the service); also for a
-- read-only tenant, whose requests count as well.
create table usage_days (
  day date primary key,
  requests bigint not null default 0 check (requests >= 0),
  refused bigint not null default 0 check (refused >= 0),
  -- As last counted that day: an estimate in a large table that is far from its limit.
  customers bigint,
  storage_bytes bigint
) with (
  -- The row of the day is updated all day long; beside itself it costs no index.
  fillfactor = 50
);
