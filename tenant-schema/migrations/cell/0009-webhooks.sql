-- Which webhooks are due, of all tenants of the cell: senders find work without looking into each schema.
-- The delivery in the tenant's own schema is the record; a row here lives as long as an attempt is ahead of it.

create table tenantry.webhook_due (
  writer name not null default current_user,
  delivery_id uuid not null,
  endpoint_id uuid not null,
  due_at timestamptz not null,
  -- Given to the queue until then: when nobody has done it by then, the queue has lost it, and it is given again.
  queued_until timestamptz,
  -- In a sender's hands until then. A ticket that comes twice finds it taken.
  taken_until timestamptz,
  primary key (writer, delivery_id)
) with (
  -- Rows live for seconds and change three times.
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);

-- Who is next at each endpoint. Begins with writer, or a tenant could stand in line at another's endpoint.
create index webhook_due_line on tenantry.webhook_due (writer, endpoint_id, due_at);

alter table tenantry.webhook_due enable row level security;
-- The tenant's group, not its writers': what has happened is told while the tenant is read-only, too.
create policy tenant_has_its_own on tenantry.webhook_due to :"tenantGroup" using (writer = current_user) with check (writer = current_user);
create policy sender_sees_all on tenantry.webhook_due for select to :"sender" using (true);
create policy sender_queues on tenantry.webhook_due for update to :"sender" using (true) with check (true);
grant select, insert, update, delete on tenantry.webhook_due to :"tenantGroup";
grant select, update (queued_until) on tenantry.webhook_due to :"sender";
grant usage on schema tenantry to :"sender";

-- Only tenants that are served are sent for; what is due of the others waits.
grant select on tenantry.tenants to :"sender";
create policy sender_reads_all on tenantry.tenants for select to :"sender" using (true);
