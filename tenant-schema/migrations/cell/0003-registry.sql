-- The registry (design D5): how the control plane tells the data plane who is served, and how.
-- Written by the operator, last when opening and first when closing; followed by LISTEN tenantry_tenants.

create table tenantry.tenants (
  tenant_id uuid primary key,
  slug text not null unique,
  -- metadata.uid of the Tenant object that holds the name; identity is tenant_id (design §2).
  uid text not null,
  state text not null check (state in ('Provisioning', 'Active', 'ReadOnly', 'Suspended', 'Closed')),
  class text not null,
  mode text not null check (mode in ('Pooled', 'Dedicated')),
  organization_id text unique,
  schema_name name not null unique,
  app_role name not null unique,
  events_topic text not null,
  schema_version integer not null default 0,
  statement_timeout_ms integer not null check (statement_timeout_ms > 0),
  quotas jsonb not null default '{}' check (jsonb_typeof(quotas) = 'object'),
  url text,
  closed_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A request of a tenant may read its own row, never another's; only the platform's own logins see the list.
alter table tenantry.tenants enable row level security;
create policy platform_reads_all on tenantry.tenants for select to :"registry", :"relay" using (true);
create policy tenant_reads_itself on tenantry.tenants for select to :"tenantGroup" using (app_role = current_user);

grant usage on schema tenantry to :"registry", :"relay", :"tenantGroup", :"writerGroup";
grant select on tenantry.tenants to :"registry", :"relay", :"tenantGroup";

-- One notification per changed row. NOTIFY takes a lock of the whole server at commit: affordable here, where writes are rare,
-- and nowhere else.
create function tenantry.announce_tenants() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('tenantry_tenants', tenant_id::text) from changed;
  return null;
end
$$;

-- A trigger with a transition table serves one kind of event.
create trigger announce_insert after insert on tenantry.tenants
  referencing new table as changed for each statement execute function tenantry.announce_tenants();
create trigger announce_update after update on tenantry.tenants
  referencing new table as changed for each statement execute function tenantry.announce_tenants();
create trigger announce_delete after delete on tenantry.tenants
  referencing old table as changed for each statement execute function tenantry.announce_tenants();
