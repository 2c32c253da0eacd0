-- The outbox (design D8): events committed with the change they tell of, published and deleted by the relay.
-- writer is what the database knows about the caller, not what the caller says: the relay derives tenant and topic from it.

create table tenantry.outbox (
  id uuid not null,
  writer name not null default current_user,
  type text not null,
  aggregate text not null,
  aggregate_id uuid not null,
  version integer not null check (version > 0),
  occurred_at timestamptz not null,
  traceparent text,
  data jsonb not null,
  -- One event per version, and the relay's way to the earlier versions of an aggregate. Begins with writer, or one tenant could
  -- take another's (aggregate_id, version) and refuse its writes. The only index: every write of every tenant pays for it.
  constraint outbox_aggregate primary key (writer, aggregate_id, version)
) with (
  -- Rows live for milliseconds: vacuum early and without pauses, or the relay reads dead ones.
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);

alter table tenantry.outbox enable row level security;
create policy writer_is_the_caller on tenantry.outbox for insert to :"writerGroup" with check (writer = current_user);
create policy relay_reads on tenantry.outbox for select to :"relay" using (true);
create policy relay_deletes on tenantry.outbox for delete to :"relay" using (true);
-- SELECT … FOR UPDATE SKIP LOCKED asks for an UPDATE right; the check refuses every real update.
create policy relay_locks on tenantry.outbox for update to :"relay" using (true) with check (false);

grant insert on tenantry.outbox to :"writerGroup";
grant select, delete, update (id) on tenantry.outbox to :"relay";
