-- Tombstones (design §6): what is left of a deleted tenant and when it goes. The purge runs from here and needs no Tenant object.

create table tenantry.tombstones (
  tenant_id uuid primary key,
  slug text not null,
  schema_name name not null,
  policy text not null check (policy in ('Retain', 'Snapshot', 'Delete')),
  confirmed_by text,
  backup text not null default 'none',
  topics text[] not null default '{}',
  organization_id text,
  client text,
  requested_at timestamptz not null default now(),
  -- Null: kept until somebody decides.
  purge_after timestamptz,
  purged_at timestamptz,
  receipt jsonb
);

-- "Has this name retained data?" is asked for every new Tenant; "what is due?" on every purge round.
create index tombstones_retained on tenantry.tombstones (slug) where purged_at is null;
create index tombstones_due on tenantry.tombstones (purge_after) where purged_at is null;
